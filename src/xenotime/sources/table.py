"""Any table on disk whose columns the user can name: CSV or TSV (also gzipped) and Parquet, read through a mapping.

The mapping (`xenotime.sources.mapping`) says which column holds what, in which unit, under which country codes. Each
row of the file ends in exactly one of four places: the table, a sum with the other parts of its flow, the quarantine
with its reason, or the count of rows that were not asked for. Files are read in batches, so one larger than memory is
no trouble as long as the rows asked for fit. Nothing is converted between currencies or HS vintages.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import polars as pl

from xenotime.core import InputError, Provenance, SourceError, sha256_of
from xenotime.schema import TABLES, check
from xenotime.sources._dates import beside_dates
from xenotime.sources._rows import FAULT, NO_VALUE, Rule, first_fault, set_aside
from xenotime.sources._tabular import ROW, TextTable, open_table
from xenotime.sources._typed import (
    Typing,
    countries_of,
    dated_countries_of,
    infer_scheme,
    lacks_zero,
    outside,
    raw,
    stood,
    typed,
    with_texts,
)
from xenotime.sources.base import Parsed, SourceInfo
from xenotime.sources.mapping import (
    ADDITIVE,
    SETTLED,
    TableMapping,
    TableName,
    field_of,
    fields,
    load_mapping,
    nearest,
    require_complete,
)

INFO = SourceInfo(
    name="table",
    title="Any table with a column mapping",
    producer="as the mapping says",
    licence="as the mapping says",
    url="",
    citation="as the mapping says",
    tables=get_args(TableName),
    absence="as the mapping says; it has to say",
)


_ZERO_PUT_BACK = "with product codes of five digits, read with a leading zero"


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Refuse: a mapped table is the user's own file."""
    raise InputError(
        "a mapped table is your own file: there is nothing to fetch",
        remedy="give its path to `xenotime ingest FILE --mapping NAME`",
    )


def parse(
    path: Path,
    *,
    mapping: str | Path | Mapping[str, Any] | TableMapping | None = None,
    years: Collection[int] | None = None,
    hs6: Collection[str] | None = None,
    **settings: Any,
) -> Iterator[Parsed]:
    """Read a file through its mapping and yield one piece a year.

    Parameters
    ----------
    path : Path
        CSV, TSV (also ``.gz``) or Parquet.
    mapping : str, Path, dict or TableMapping
        Name of a ready mapping, path of a YAML file, or the values themselves. A column called like a field needs
        no mention.
    years, hs6 : collection, optional
        Only these years, only these six-digit products; rows of others are counted in the notes.
    **settings
        Settings of the mapping to replace, e.g. ``version="V202601"``.

    Yields
    ------
    Parsed
        Rows of the mapping's table for one year, and the rows set aside (those whose year cannot be read stand with
        the first piece).

    Raises
    ------
    InputError
        The mapping is incomplete, or names a column the file does not have.
    SourceError
        The file is broken, or no row of it can be used.
    """
    plan = load_mapping(mapping, **settings)
    opened = open_table(Path(path), plan.separator)
    _require_several_columns(opened)
    plan = _with_columns_of_that_name(plan, opened)
    require_complete(plan, where=str(path))
    _require_columns(opened, plan)
    _refuse_one_for_two(opened, plan)
    read = _read(opened, plan, _Wanted(years, hs6))
    if read.frame.is_empty():
        raise _nothing_left(path, read)
    yield from _pieces(read, plan, path)


@dataclass(frozen=True)
class _Wanted:
    years: Collection[int] | None
    hs6: Collection[str] | None

    def broken(self, table: str) -> pl.Expr:
        """True for rows of a year or product not asked for (a value that cannot be read is never left out here)."""
        out = pl.lit(False)
        if self.years is not None:
            out = out | ~pl.col(typed("year")).is_in(list(self.years)).fill_null(True)
        if self.hs6 is not None and "hs6" in TABLES[table].columns:
            out = out | ~pl.col(typed("hs6")).is_in(list(self.hs6)).fill_null(True)
        return out


@dataclass
class _Read:
    """What reading a file gave: good rows (typed, with their line), rows set aside with their year, notes, and all
    products in it, asked for or not.
    """

    frame: pl.DataFrame
    quarantine: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)


def _with_columns_of_that_name(plan: TableMapping, opened: TextTable) -> TableMapping:
    """A column called like a field (year, hs6, value) holds it, unless the mapping says otherwise."""
    given = {**plan.columns, **plan.constants}
    same = {name: name for name in fields(plan.table) if name not in given and name in opened.columns}
    return plan.model_copy(update={"columns": {**plan.columns, **same}})


def _require_several_columns(opened: TextTable) -> None:
    """Refuse a file whose columns are parted by something else than was said: it looks like one column."""
    if len(opened.columns) > 1:
        return
    (header,) = opened.columns or ("",)
    mark = next((mark for mark in (";", "\t", "|", ",") if mark in header), "")
    if mark:
        written = "\\t" if mark == "\t" else mark
        raise InputError(
            f"the file has one column, {header[:60]!r}: its columns seem to be parted by {written!r}",
            where=str(opened.path),
            remedy=f'write separator: "{written}" into a mapping file and give it with --mapping '
            f'(in Python: separator="{written}")',
        )


def _require_columns(opened: TextTable, plan: TableMapping) -> None:
    for column in (*plan.columns.values(), *plan.per.values(), *plan.keep):
        if column not in opened.columns:
            raise InputError(
                f"no column {column!r}{nearest(column, opened.columns)}",
                where=str(opened.path),
                remedy=f"its columns are {', '.join(opened.columns)}; name them with --map FIELD=COLUMN",
            )


def _refuse_one_for_two(opened: TextTable, plan: TableMapping) -> None:
    """Refuse a column that two fields would be read from."""
    taken: dict[str, str] = {}
    for name, column in plan.columns.items():
        if column in taken:
            raise InputError(
                f"column {column!r} is to be both {taken[column]} and {name}",
                where=str(opened.path),
                remedy=f"name the column of {name} with --map {name}=COLUMN; its columns are "
                f"{', '.join(opened.columns)}",
            )
        taken[column] = name


def _read(opened: TextTable, plan: TableMapping, wanted: _Wanted) -> _Read:
    provenance = _provenance(plan, None)
    good: list[pl.DataFrame] = []
    bad: list[pl.DataFrame] = []
    counts: Counter[str] = Counter()
    held: set[str] = set()
    notes: list[str] = []
    typing: Typing | None = None
    rules: list[Rule] = []
    for whole in opened.batches():
        batch = whole
        for column, values in plan.keep.items():
            kept = batch.filter(pl.col(column).is_in(values))
            counts[f"whose {column} is not {' or '.join(values)} left out"] += batch.height - kept.height
            batch = kept
        batch = with_texts(batch, plan)
        if typing is None:
            typing = Typing(plan, plan.country_scheme or infer_scheme(batch, plan, str(opened.path)))
            rules = typing.rules()
            if not plan.country_scheme:
                notes.append(f"country codes recognised as {typing.scheme}")
        batch = typing.type_columns(batch)
        asked = batch.filter(~wanted.broken(plan.table))
        counts["of years or products not asked for left out"] += batch.height - asked.height
        if stood("hs6") in asked.columns:
            counts[_ZERO_PUT_BACK] += int(asked.select(lacks_zero(pl.col(raw("hs6"))).sum()).item())
        asked = asked.with_columns(first_fault(rules))
        if "hs6" in TABLES[plan.table].columns:
            held.update(batch[typed("hs6")].drop_nulls().unique().to_list())
        good.append(asked.filter(pl.col(FAULT).is_null()).select(ROW, *_kept_columns(plan), *_dates(plan)))
        faulty = asked.filter(pl.col(FAULT).is_not_null())
        aside = set_aside(
            faulty,
            rules,
            opened.columns,
            file=opened.path.name,
            provenance=provenance,
            value_kusd=pl.col(typed("value")) if plan.table in ADDITIVE else NO_VALUE,
        )
        bad.append(_with_year(aside, faulty))
    if not good:
        raise SourceError("the file has a header and no rows", where=str(opened.path), remedy="bring the whole file")
    notes += _beside(good, plan)
    notes += [f"{number:,} rows {what}" for what, number in counts.items() if number]
    frame = pl.concat(good).drop(_dates(plan))
    if plan.symmetric:
        frame = pl.concat([frame, _turned(frame, plan)])
    return _without_repeats(_Read(frame, pl.concat(bad), notes, sorted(held)), opened, plan)


def _turned(frame: pl.DataFrame, plan: TableMapping) -> pl.DataFrame:
    """Return the rows with the two countries exchanged."""
    one, other = countries_of(plan.table)
    exchanged = {made(one): made(other) for made in (typed, stood) if made(one) in frame.columns}
    return frame.rename(exchanged | {new: old for old, new in exchanged.items()}).select(frame.columns)


def _dates(plan: TableMapping) -> list[str]:
    return [outside(name) for name in dated_countries_of(plan.table)]


def _beside(good: list[pl.DataFrame], plan: TableMapping) -> list[str]:
    """Note the rows kept of countries in the year before they began or after they ended."""
    if not _dates(plan):
        return []
    beside = pl.concat(good).filter(pl.max_horizontal(_dates(plan)) > 0)
    return [beside_dates(beside, pl.col(typed("value")))] if len(beside) else []


def _kept_columns(plan: TableMapping) -> list[str]:
    originals = [stood(name) for name in countries_of(plan.table) if name in plan.columns]
    return [*(typed(name) for name in fields(plan.table)), *originals]


def _with_year(aside: pl.DataFrame, faulty: pl.DataFrame) -> pl.DataFrame:
    years = faulty.select(pl.col(ROW).cast(pl.Int64), year=pl.col(typed("year")))
    return aside.join(years, on=ROW, how="left", maintain_order="left")


def _key(plan: TableMapping) -> list[str]:
    return [typed(field_of(name)) for name in TABLES[plan.table].key if name not in SETTLED]


def _without_repeats(read: _Read, opened: TextTable, plan: TableMapping) -> _Read:
    """Leave one row a key: add up the parts of a flow, set aside what merely says the same thing twice.

    Rows under different country codes that mean one country (BACI's 56 and 58 are both Belgium) are parts. Rows under
    the very same codes are parts only where the mapping says so.
    """
    key = _key(plan)
    repeated = read.frame.filter(pl.len().over(key) > 1)
    if repeated.is_empty():
        return read
    amounts = ADDITIVE.get(plan.table, ())
    originals = (
        [name for name in _kept_columns(plan) if name not in key and name.startswith("stood:")] if amounts else []
    )
    first = repeated.sort(ROW).unique([*key, *originals], keep="first", maintain_order=True)
    again = repeated.join(first.select(ROW), on=ROW, how="anti")
    notes, quarantine, parts = list(read.notes), read.quarantine, repeated
    if plan.repeated == "quarantine":
        parts = first
        quarantine = pl.concat([quarantine, _repeats_aside(again, first, [*key, *originals], opened, plan)])
    summed = parts.group_by(key).agg(pl.col(ROW).min(), *(_total(typed(field_of(name))) for name in amounts))
    if len(parts) > len(summed):
        notes.append(f"{len(parts):,} rows added up to {len(summed):,}: several rows make one flow")
    rest = read.frame.join(repeated.select(ROW), on=ROW, how="anti")
    columns = [ROW, *(typed(name) for name in fields(plan.table))]
    if not amounts:
        summed = first
    return _Read(pl.concat([rest.select(columns), summed.select(columns)]), quarantine, notes, read.products)


def _total(name: str) -> pl.Expr:
    # A sum with an unknown part is unknown.
    return pl.when(pl.col(name).is_null().any()).then(None).otherwise(pl.col(name).sum()).alias(name)


def _repeats_aside(
    again: pl.DataFrame, first: pl.DataFrame, same: list[str], opened: TextTable, plan: TableMapping
) -> pl.DataFrame:
    lines = again.join(first.select(*same, pl.col(ROW).alias("kept")), on=same, how="left", nulls_equal=True)
    whole = opened.at(lines[ROW].to_list()).join(lines.select(ROW, "kept", typed("year")), on=ROW)
    aside = set_aside(
        whole.with_columns(pl.lit(0, pl.Int16).alias(FAULT)),
        [
            Rule(
                pl.lit(True),
                ", ".join(plan.columns.values()),
                pl.lit("the line of the row kept: ") + pl.col("kept").cast(pl.String),
                "repeats an earlier row",
                "remove one of the two, or say `repeated: sum` if each holds a part of the flow",
            )
        ],
        opened.columns,
        file=opened.path.name,
        provenance=_provenance(plan, None),
    )
    return _with_year(aside, whole)


def _provenance(plan: TableMapping, year: int | None) -> Provenance:
    return Provenance(
        source=plan.source,
        version=plan.version,
        kind="reconstructed" if plan.quality == "reconstructed" else "observed",
        years=None if year is None else (year, year),
        title=plan.title,
        citation=plan.citation,
        licence=plan.licence,
        note=" ".join(part for part in (plan.absence_note, plan.note) if part),
    )


def _nothing_left(path: Path, read: _Read) -> SourceError:
    if read.quarantine.is_empty():
        return SourceError(
            f"no row is left: {'; '.join(read.notes)}",
            where=str(path),
            remedy="ask for years and products it holds"
            + (f": {', '.join(read.products[:8])}{', …' * (len(read.products) > 8)}" if read.products else ""),
        )
    first = read.quarantine.row(0, named=True)
    return SourceError(
        f"none of its rows can be used; {first['column']} is {first['value']!r}: {first['reason']}",
        where=f"{path}, row {first['row']}",
        remedy=f"{first['remedy']}; the mapping may be wrong for this file",
    )


def _pieces(read: _Read, plan: TableMapping, path: Path) -> Iterator[Parsed]:
    table = TABLES[plan.table]
    settled = {
        "hs_version": plan.hs_version,
        "quality": plan.quality,
        "absence": plan.absence,
        "source": plan.source,
        "source_version": plan.version,
    }
    names = {column: typed(name) for name, column in fields(plan.table).items()}
    frame = read.frame.sort(_key(plan)).select(
        (pl.col(names[column]) if column in names else pl.lit(settled[column])).alias(column)
        for column in table.columns
    )
    digest = sha256_of(path)
    said = [f"{plan.absence}: {plan.absence_note}" if plan.absence_note else "", plan.note]
    notes = (*(f"as the mapping says: {text}" for text in said if text), *read.notes)
    years = frame["year"].unique().sort().to_list()
    for year in years:
        here = pl.col("year").eq_missing(year)
        stray = ~pl.col("year").is_in(years) if year == years[0] and year is not None else pl.lit(False)
        aside = read.quarantine.filter(here | stray.fill_null(True)).drop("year")
        yield Parsed(
            table=plan.table,
            frame=check(frame.filter(here), plan.table, where=str(path)),
            quarantine=aside,
            provenance=_provenance(plan, year),
            file=path.name,
            sha256=digest,
            year=year,
            hs_version=plan.hs_version if "hs_version" in table.columns else "",
            notes=notes if year == years[0] else (),
        )
