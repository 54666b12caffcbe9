"""The rows of one yearly BACI file, fast: typed columns in batches, everything as small numbers, sorted by one key.

`read_clean` answers for a file without fault, and only for such a file; at the first doubt it gives up and
`_baci_faults` reads the file line by line and says what is wrong. Both lead to the same rows.
"""

import io
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import polars as pl

from xenotime.core import SourceError
from xenotime.schema import MOST_KUSD, MOST_TONNES, TABLES
from xenotime.sources._baci_codes import AREA, BITS, MOST_PRODUCTS, OUTSIDE, UNKNOWN, Countries, Products, countries
from xenotime.sources._tabular import blank_start

COLUMNS = ("t", "i", "j", "k", "v", "q")
#: How a missing mass is written, once the blanks around it are gone.
MISSING = ("NA", "")
_TYPES = {"t": pl.Int32, "i": pl.Int32, "j": pl.Int32, "k": pl.Int32, "v": pl.Float64, "q": pl.String}
BATCH_ROWS = 250_000
#: Bytes looked through at a time.
BLOCK = 1 << 22
#: Parts of the file looked through at once.
THREADS = 2
#: Up to this many products are looked for in the text before it is read as a table.
FEW = 32
_NUMBER = (1 << BITS) - 1


@dataclass
class Rows:
    """Good rows of one year, as arrays of the same length, in the order of the file.

    Attributes
    ----------
    product : numpy.ndarray of uint32
        Product code.
    pair : numpy.ndarray of uint32
        Number of the exporter, shifted, plus number of the importer (`_baci_codes.Countries`).
    value, mass : numpy.ndarray of float64
        Thousand current US dollars; tonnes, NaN where missing.
    line : numpy.ndarray of uint32
        Line in the file, the header being 1; empty where nobody asked.
    areas : int
        Rows left out because exporter or importer is a region, not a country.
    areas_value : float
        Their value.
    """

    product: np.ndarray
    pair: np.ndarray
    value: np.ndarray
    mass: np.ndarray
    line: np.ndarray
    areas: int = 0
    areas_value: float = 0.0


@dataclass(frozen=True)
class Frame:
    """Rows sorted for the store, and what happened on the way.

    Attributes
    ----------
    rows : polars.DataFrame
        `exporter`, `importer`, `hs6` (Enum), `value_kusd`, `quantity_t`, in the order of product, exporter, importer.
    twins : numpy.ndarray of int64
        Places (in `Rows`) that repeat the key of another row; where there are any, `rows` holds none of them.
    merged : tuple of str
        Codes that were summed because they stand for one country.
    """

    rows: pl.DataFrame
    twins: np.ndarray
    merged: tuple[str, ...] = ()


def header_of(csv: Path) -> tuple[str, ...]:
    """Return the columns of the file in their order.

    Raises
    ------
    SourceError
        The file is empty, or its header is not BACI's.
    """
    with csv.open("rb") as stream:
        first = stream.readline().decode("utf-8", errors="replace")
    if not first.strip() and csv.stat().st_size > len(first):
        raise blank_start(csv.name)
    if not first.strip():
        raise SourceError("the file is empty", where=csv.name, remedy="download or unpack it again")
    found = tuple(name.strip(' "\ufeff\r\n') for name in first.split(","))
    if sorted(found) != sorted(COLUMNS):
        raise SourceError(
            f"the header is {','.join(found)[:80]!r}; BACI's is t,i,j,k,v,q",
            where=f"{csv.name}, row 1",
            remedy="bring the file as CEPII ships it, or read it as a table with a mapping of its columns",
        )
    return found


def read_clean(
    csv: Path, header: tuple[str, ...], year: int, products: Products, wanted: Collection[int] | None
) -> Rows | None:
    """Read a file in which every row is good; return None as soon as one is not.

    Parameters
    ----------
    header : tuple of str
        From `header_of`.
    wanted : collection of int, optional
        Keep these products only; rows of others are not looked at.
    """
    parts: list[Rows] = []
    seen_blank = False
    try:
        for batch in _batches(csv, header, wanted):
            part, blank = _clean(batch, year, products, countries(year))
            if part is None:
                return None
            seen_blank |= blank
            parts.append(part)
    except pl.exceptions.PolarsError:
        return None
    if seen_blank and not _all_lines_whole(csv):
        return None
    return join(parts)


def _batches(csv: Path, header: tuple[str, ...], wanted: Collection[int] | None) -> Iterator[pl.DataFrame]:
    source = csv if wanted is None or len(wanted) > FEW else io.BytesIO(_lines_with(csv, digits(wanted)))
    # CEPII quotes nothing, and looking for quotes costs time; a quoted file goes the careful way.
    rows = pl.scan_csv(source, schema={name: _TYPES[name] for name in header}, ignore_errors=True, quote_char=None)
    if wanted is not None:
        rows = rows.filter(pl.col("k").is_in(sorted(wanted)) | pl.col("k").is_null())
    yield from rows.collect_batches(engine="streaming", chunk_size=BATCH_ROWS, maintain_order=True)


def digits(wanted: Collection[int]) -> list[str]:
    """Return what the line of a wanted product holds in any case, with or without its first zero."""
    return [str(code) for code in sorted(wanted)]


def _lines_with(csv: Path, patterns: list[str]) -> bytes:
    """Return the header and the lines that hold one of `patterns` anywhere: half the work of reading every field."""
    size = csv.stat().st_size
    with csv.open("rb") as stream:
        header = stream.readline()
        cuts = [stream.tell()]
        for part in range(1, THREADS):
            stream.seek(max(cuts[-1], size * part // THREADS) - 1)
            stream.readline()
            cuts.append(stream.tell())
    ends = [*cuts[1:], size]
    with ThreadPoolExecutor(THREADS) as pool:
        return header + b"".join(pool.map(_search, repeat(csv), cuts, ends, repeat(patterns)))


def _search(csv: Path, start: int, end: int, patterns: list[str]) -> bytes:
    """Return the lines between two places in the file, both at the start of a line, that hold one of `patterns`."""
    found: list[bytes] = []
    rest = b""
    with csv.open("rb") as stream:
        stream.seek(start)
        while block := stream.read(min(BLOCK, end - stream.tell())):
            whole, line_end, rest = (rest + block).rpartition(b"\n")
            found += _hits(whole + line_end, patterns)
    found += _hits(rest, patterns)
    return b"".join(found)


def _hits(text: bytes, patterns: list[str]) -> Iterator[bytes]:
    try:
        places = pl.Series([text.decode("ascii")]).str.find_many(patterns)[0]
    except UnicodeDecodeError as error:
        raise pl.exceptions.ComputeError("not plain digits") from error
    end = 0
    for place in places:
        if place >= end:
            start = text.rfind(b"\n", 0, place) + 1
            end = text.find(b"\n", place) + 1 or len(text)
            yield text[start:end]


def _clean(batch: pl.DataFrame, year: int, products: Products, known: Countries) -> tuple[Rows | None, bool]:
    exporter = known.number[_place(batch["i"], 1000)]
    importer = known.number[_place(batch["j"], 1000)]
    product = _place(batch["k"], 1_000_000)
    value = batch["v"].fill_null(-1.0).to_numpy()
    text = batch["q"].str.strip_chars()
    mass = text.cast(pl.Float64, strict=False)
    blank = text.fill_null("").is_in(MISSING)
    filled = mass.fill_null(0.0).to_numpy()
    good = (
        (batch["t"].fill_null(0).to_numpy() == year)
        & (exporter != UNKNOWN)
        & (importer != UNKNOWN)
        & (exporter != OUTSIDE)
        & (importer != OUTSIDE)
        & products.allowed[product]
        & (value > 0)
        & (value <= MOST_KUSD)
        & (filled >= 0)
        & (filled <= MOST_TONNES)
        & (mass.is_not_null() | blank).to_numpy()
    )
    area = (exporter == AREA) | (importer == AREA)
    good &= area | (known.iso3[exporter] != known.iso3[importer])
    if not good.all():
        return None, False
    found = Rows(
        product.astype(np.uint32),
        (exporter.astype(np.uint32) << np.uint32(BITS)) | importer.astype(np.uint32),
        value,
        mass.fill_null(float("nan")).to_numpy(),
        np.empty(0, np.uint32),
    )
    return without_areas(found, area), bool((text.fill_null("") == "").any())


def _place(codes: pl.Series, size: int) -> np.ndarray:
    """Return codes as places in a look-up of `size` + 1 entries, the last for what is out of range."""
    numbers = codes.fill_null(size).to_numpy()
    return np.where((numbers >= 0) & (numbers < size), numbers, size)


def without_areas(rows: Rows, area: np.ndarray) -> Rows:
    """Return `rows` without those of regions, which are counted."""
    if not area.any():
        return rows
    kept = ~area
    return Rows(
        rows.product[kept],
        rows.pair[kept],
        rows.value[kept],
        rows.mass[kept],
        rows.line[kept] if len(rows.line) else rows.line,
        int(area.sum()),
        float(rows.value[area].sum()),
    )


def _all_lines_whole(csv: Path) -> bool:
    """Tell whether every line has six fields: an empty last field looks like a line cut short."""
    lines = pl.scan_csv(csv, has_header=False, separator="\x01", quote_char=None, schema={"line": pl.String})
    commas = lines.select(pl.col("line").str.count_matches(",", literal=True).ne(5).any())
    return not commas.collect(engine="streaming").item()


def join(parts: list[Rows]) -> Rows:
    """Return the rows of all parts; empties `parts` on the way, to keep memory low."""

    def one(name: str, dtype: type) -> np.ndarray:
        whole = np.concatenate([np.empty(0, dtype), *(getattr(part, name) for part in parts)])
        for part in parts:
            setattr(part, name, None)
        return whole

    areas, areas_value = sum(part.areas for part in parts), sum(part.areas_value for part in parts)
    whole = Rows(
        one("product", np.uint32),
        one("pair", np.uint32),
        one("value", np.float64),
        one("mass", np.float64),
        one("line", np.uint32),
        areas,
        areas_value,
    )
    parts.clear()
    return whole


def beside(rows: Rows, year: int) -> tuple[int, float]:
    """Return how many rows name a country in the year before it began or after it ended, and their value."""
    marked = countries(year).beside
    if not marked.any():
        return 0, 0.0
    found = marked[rows.pair >> np.uint32(BITS)] | marked[rows.pair & np.uint32(_NUMBER)]
    return int(found.sum()), float(rows.value[found].sum())


def sort_rows(rows: Rows, listed_in: str, year: int) -> Frame:
    """Sort by product, exporter, importer; find repeated keys; sum codes that stand for one country.

    Empties `rows` on the way.

    Raises
    ------
    SourceError
        More products than any vintage of the Harmonized System has.
    """
    known = countries(year)
    seen = np.zeros(1_000_000, dtype=bool)
    seen[rows.product] = True
    listed = np.flatnonzero(seen)
    if len(listed) >= MOST_PRODUCTS:
        raise SourceError(
            f"holds {len(listed):,} different products; the Harmonized System has under 6,000",
            where=listed_in,
            remedy="check that column k holds six-digit HS codes",
        )
    number = np.zeros(1_000_000, dtype=np.uint32)
    number[listed] = np.arange(len(listed), dtype=np.uint32)
    key = pl.Series((number[rows.product] << np.uint32(2 * BITS)) | rows.pair)
    order = key.arg_sort()
    sorted_key = key.gather(order).to_numpy()
    equal = np.zeros(len(key), dtype=bool)
    equal[1:] = sorted_key[1:] == sorted_key[:-1]
    equal[:-1] |= equal[1:]
    if equal.any():
        return Frame(pl.DataFrame(), order.to_numpy()[equal].astype(np.int64))
    value, mass = pl.Series(rows.value).gather(order), pl.Series(rows.mass).gather(order)
    rows.product = rows.pair = rows.value = rows.mass = np.empty(0)
    del key, order, equal
    exporter = (sorted_key >> np.uint32(BITS)) & np.uint32(_NUMBER)
    importer = sorted_key & np.uint32(_NUMBER)
    merged = _shared(np.union1d(exporter, importer).astype(np.int64), known)
    hs6 = pl.Enum([f"{code:06d}" for code in listed])
    country = pl.Enum(list(known.names))
    frame = pl.DataFrame(
        {
            "exporter": pl.Series(known.iso3[exporter]).cat.to(country),
            "importer": pl.Series(known.iso3[importer]).cat.to(country),
            "hs6": pl.Series((sorted_key >> np.uint32(2 * BITS)).astype(np.uint16)).cat.to(hs6),
            "value_kusd": value,
            "quantity_t": mass.fill_nan(None),
        }
    )
    if merged:
        # The mass of a sum is known only where the mass of every part is.
        frame = (
            frame.group_by("hs6", "exporter", "importer")
            .agg(
                pl.col("value_kusd").sum(),
                pl.when(pl.col("quantity_t").null_count() == 0).then(pl.col("quantity_t").sum()).alias("quantity_t"),
            )
            .sort("hs6", "exporter", "importer")
            .select("exporter", "importer", "hs6", "value_kusd", "quantity_t")
        )
    return Frame(frame, np.empty(0, np.int64), merged)


def _shared(used: np.ndarray, known: Countries) -> tuple[str, ...]:
    """Return the codes in use that stand for a country another code in use stands for too."""
    places, counts = np.unique(known.iso3[used], return_counts=True)
    several = set(places[counts > 1].tolist())
    return tuple(known.codes[at] for at in used if int(known.iso3[at]) in several)


def as_flows(rows: pl.DataFrame, year: int, hs_version: str, source: str, version: str) -> pl.DataFrame:
    """Return `rows` in the schema of table ``flows``; the columns of one value cost next to no memory."""

    def fixed(value: str) -> pl.Expr:
        return pl.lit(value, pl.Enum([value]))

    return rows.with_columns(
        year=pl.lit(year, pl.Int16),
        hs_version=fixed(hs_version),
        quality=fixed("published"),
        absence=fixed("zero"),
        source=fixed(source),
        source_version=fixed(version),
    ).select(*TABLES["flows"].columns)
