"""POLECAT event files: who did what to whom, coded from the news in PLOVER, from 2018, into counts by year.

Halterman et al. (2023), "PLOVER and POLECAT: A New Political Event Ontology and Dataset", Harvard Dataverse. Reads the
files as the Dataverse ships them (40 tab-separated columns with a header, read as ISO-8859-1 where they are not UTF-8;
plain, zipped or gzipped; a folder of them). Some have more names in the header than fields in the lines, or lines with
empty columns too many: both are read. Several countries in a field are parted at semicolons, and such an event counts
once for each pair. The kind is the PLOVER type, with its mode behind a slash; the class is that of the type.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.reference import plover
from xenotime.schema import QUADS
from xenotime.sources._event_merge import EventRules, parse_events
from xenotime.sources._event_partial import Layout
from xenotime.sources._event_text import Header, read_text
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="polecat",
    title="POLECAT weekly data",
    producer="Halterman, Bagozzi, Beger, Schrodt and Scraborough, for the Political Instability Task Force",
    licence="CC0 1.0",
    url="https://doi.org/10.7910/DVN/AJGVIT",
    citation=(
        "Halterman, A., Bagozzi, B., Beger, A., Schrodt, P. and Scraborough, G. (2023), PLOVER and POLECAT: A New "
        "Political Event Ontology and Dataset, Harvard Dataverse, doi:10.7910/DVN/AJGVIT"
    ),
    tables=("event_counts", "event_days"),
    absence="zero where the files cover the days: no report was coded; see table event_days",
)

HEADER = Header(
    columns=(
        "Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Quad Code", "Contexts", "Actor Name",
        "Actor Country", "Actor COW", "Primary Actor Sector", "Actor Sectors", "Actor Title", "Actor Name Raw",
        "Wikipedia Actor ID", "Recipient Name", "Recipient Country", "Recipient COW", "Primary Recipient Sector",
        "Recipient Sectors", "Recipient Title", "Recipient Name Raw", "Wikipedia Recipient ID", "Placename", "City",
        "District", "Province", "Country", "Latitude", "Longitude", "GeoNames ID", "Raw Placename", "Feature Type",
        "Source", "Publication Date", "Story People", "Story Organizations", "Story Locations", "Language", "Version",
    ),
    id="Event ID",
    date="Event Date",
    actor="Actor Country",
    target="Recipient Country",
    code="Event Type",
    intensity="Intensity",
    mode="Event Mode",
)  # fmt: skip


def plover_quads(codes: pl.Series) -> pl.Series:
    """Return the class, 1 to 4, of PLOVER types (with or without a mode); null where the type is unknown."""
    classes = {name: place for place, name in enumerate(QUADS, 1)}
    known = {code: classes[quad] for code, quad in plover().select("code", "quad").iter_rows()}
    return (
        codes.str.split("/").list.first().str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.Int8)
    )


_WHAT = "a file of POLECAT events"
LAYOUT = Layout("polecat", _WHAT, 2, read_text(HEADER, _WHAT))
RULES = EventRules(schemes=("iso3", "name"), quads=plover_quads, looks_back=False)


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download a file of the Dataverse by its number there: ``-o file=NUMBER``, or a list of them."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("polecat", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a file or a folder of files and yield the counts, one piece a year; see `_event_merge.parse_events`."""
    yield from parse_events(Path(path), INFO, LAYOUT, RULES, version=version, years=years)
