"""Event files with a header and text fields (ICEWS, POLECAT): cut by tabs, fields found by the header's names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from xenotime.core import SourceError
from xenotime.sources._event_files import Block, Lines, decoded
from xenotime.sources._event_partial import HIGHEST, MILLIONTHS, Faults, Reason

if TYPE_CHECKING:
    from xenotime.sources._event_scan import Fields

_BROKEN = "mend the line in the file, or leave it aside"
_NUL = Reason("the line holds a NUL byte", "", _BROKEN)
_CUT = Reason("the last line is cut off", "", "fetch the file again")


@dataclass(frozen=True)
class Header:
    """Names of a text layout's columns.

    Attributes
    ----------
    columns : tuple of str
        All of them, as the producer ships them.
    id, date, actor, target, code, intensity : str
        The wanted ones.
    mode : str
        A column that says more of the code, joined to it with a slash; "" where there is none.
    """

    columns: tuple[str, ...]
    id: str
    date: str
    actor: str
    target: str
    code: str
    intensity: str
    mode: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the wanted names."""
        names = (self.id, self.date, self.actor, self.target, self.code, self.intensity, self.mode)
        return tuple(name for name in names if name)


def read_text(header: Header, what: str) -> Callable[[Lines, Faults], Iterator[pl.DataFrame]]:
    """Return the reader of a layout; `what` is its name in messages."""

    def read(lines: Lines, faults: Faults) -> Iterator[pl.DataFrame]:
        from xenotime.sources._event_scan import cut  # numba takes half a second

        places: dict[str, int] = {}
        allowed: set[int] = set()
        for block in lines.blocks():
            skipped = 0
            if not places:
                places, allowed = _places(block, header, what, lines)
                skipped = 1
            order = sorted(places, key=places.__getitem__)
            fields = cut(block.data, tuple(places[name] for name in order))
            yield _events(block, fields, order, header, allowed, skipped, faults)

    return read


def _places(block: Block, header: Header, what: str, lines: Lines) -> tuple[dict[str, int], set[int]]:
    """Return where the wanted columns stand, and how many columns a line may have."""
    first = bytes(block.data[: int((block.data == 10).argmax())]).decode("latin-1").rstrip("\r")
    names = [name.strip(_AROUND) for name in first.split("\t")]
    standard = len(header.columns)
    missing = [name for name in header.wanted if name not in names]
    if missing:
        raise SourceError(
            f"is not {what}: its header has no column {missing[0]!r}",
            where=str(lines.path),
            remedy=f"a file with the columns {', '.join(header.columns[:4])}, … is wanted; check --source",
        )
    if names[:standard] != list(header.columns) and len(names) > standard:
        # Some files have more names in the header than their lines have fields: the lines are as ever.
        at = {name: header.columns.index(name) for name in header.wanted}
        return at, {standard}
    return {name: names.index(name) for name in header.wanted}, {standard, len(names)}


def _events(
    block: Block,
    fields: "Fields",
    order: Sequence[str],
    header: Header,
    allowed: set[int],
    skipped: int,
    faults: Faults,
) -> pl.DataFrame:
    data = bytes(block.data)
    count = len(fields.columns)
    reason = Reason(f"not {' or '.join(map(str, sorted(allowed)))} columns", "", _BROKEN)
    keep = []
    for at in range(skipped, count):
        if fields.nul[at]:
            fault = _NUL
        elif int(fields.columns[at]) in allowed or _only_tabs_more(data, fields, at, allowed):
            keep.append(at)
            continue
        else:
            fault = reason
        if block.cut and at == count - 1:
            fault = _CUT
        faults.add(fault, block.line + at, f"{fields.columns[at]} columns", _raw(data, fields, at))
    text = {
        name: [
            decoded(data[begin:end])
            for begin, end in zip(fields.start[keep, at].tolist(), fields.end[keep, at].tolist(), strict=True)
        ]
        for at, name in enumerate(order)
    }
    frame = pl.DataFrame(text, schema=dict.fromkeys(order, pl.String)).with_columns(
        pl.Series(":line", [block.line + at for at in keep], pl.Int64)
    )
    return checked(frame, header, faults, lambda line: _raw(data, fields, line - block.line))


def _only_tabs_more(data: bytes, fields: "Fields", at: int, allowed: set[int]) -> bool:
    """Tell whether what a line has too much is empty columns at its end."""
    return _raw(data, fields, at).rstrip("\r\t ").count("\t") < min(allowed) < int(fields.columns[at])


def _raw(data: bytes, fields: "Fields", at: int) -> str:
    return decoded(data[fields.first[at] : fields.first[at + 1] - 1])


def checked(frame: pl.DataFrame, header: Header, faults: Faults, raw: Callable[[int], str]) -> pl.DataFrame:
    """Return the rows that can be counted, typed, and set the others aside.

    Parameters
    ----------
    frame : polars.DataFrame
        The wanted columns as text (the id null where there is none), and `:line`.
    header : Header
    faults : Faults
    raw : callable
        From the number of a line to the line.
    """
    # Some exports put text into quotes, the header included.
    frame = frame.with_columns(pl.col(name).str.strip_chars(_AROUND) for name in header.wanted)
    day = pl.col(header.date).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    number = pl.col(header.intensity).replace(dict.fromkeys(_NO_NUMBER, "0"))
    frame = frame.with_columns(
        day.alias(":date"),
        number.cast(pl.Float64, strict=False).alias(":intensity"),
        pl.col(header.code).alias(":code"),
    )
    rules = [
        (Reason("the event has no number", header.id, _BROKEN), header.id, pl.col(header.id) == ""),
        (Reason("not a day of the calendar from 1900 to 2100, written yyyy-mm-dd", header.date, _BROKEN), header.date,
         ~pl.col(":date").dt.year().is_between(1900, 2100).fill_null(value=False)),
        (Reason("the event has no code", header.code, _BROKEN), header.code, pl.col(":code").is_in(["", "NA", "None"])),
        (Reason("not a number from -10 to 10", header.intensity, _BROKEN), header.intensity,
         ~pl.col(":intensity").is_between(-HIGHEST, HIGHEST).fill_null(value=False)),
    ]  # fmt: skip
    for reason, column, broken in rules:
        hit = broken.fill_null(value=False)
        for line, value in frame.filter(hit).select(":line", column).iter_rows():
            faults.add(reason, line, str(value), raw(line))
        frame = frame.filter(~hit)
    code = pl.col(":code")
    if header.mode:
        mode = pl.col(header.mode)
        code = pl.when(mode.str.to_lowercase().is_in(["", "none", "na"])).then(code).otherwise(code + "/" + mode)
    return frame.select(
        pl.col(header.id).alias("id"),
        pl.col(":line").alias("line"),
        pl.col(":date").dt.strftime("%Y%m%d").cast(pl.Int32).alias("date"),
        pl.col(header.actor).alias("actor"),
        pl.col(header.target).alias("target"),
        code.alias("code"),
        pl.lit(0, pl.Int8).alias("quad"),
        (pl.col(":intensity") * MILLIONTHS).round().cast(pl.Int64).alias("intensity"),
    )


_AROUND = ' \t\r\n\u00a0"'
_NO_NUMBER = ("", "NA", "None", "null", "NULL")
