"""The tables of the report: each a caption, a header with units, and rows of text ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xenotime import networks, reference
from xenotime.report import numbers
from xenotime.studies import TradeStudy

TOP = 10
BUYERS = 15
NOTHING = "–"

#: Indicators by year: name in `networks.INDICATORS`, header, decimals.
YEARLY = (
    ("export_hhi", "Exporter HHI", 3),
    ("import_hhi", "Importer HHI", 3),
    ("supplier_hhi", "Supplier HHI, median importer", 3),
    ("active_countries", "Countries with a tie", 0),
    ("density", "Density", 3),
    ("reciprocity", "Reciprocity", 3),
    ("average_clustering", "Clustering", 3),
    ("average_path_length", "Path length", 2),
    ("degree_assortativity", "Assortativity", 2),
)


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and whether it is a number (right aligned, tabular figures)."""

    text: str
    number: bool = True


@dataclass(frozen=True)
class Header:
    """One header cell, over `span` columns."""

    text: str
    span: int = 1
    number: bool = True


@dataclass(frozen=True)
class Table:
    """One table; the first cell of a row is its header."""

    caption: str
    header: tuple[tuple[Header, ...], ...]
    rows: tuple[tuple[Cell, ...], ...]


def words(text: str) -> Cell:
    """Return a cell of text."""
    return Cell(text, number=False)


def figure(value: float | None, decimals: int = 0) -> Cell:
    """Return a cell with a number, thousands apart; a dash where it is unknown."""
    if value is None or not np.isfinite(value):
        return Cell(NOTHING)
    return Cell(f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−"))  # + 0.0: no minus zero


def millions(kusd: float) -> Cell:
    """Return thousand USD as a cell in million USD."""
    return figure(kusd / 1e3, 1)


def first_middle_last(years: Sequence[int]) -> list[int]:
    """Return the first, middle and last of some years, each once."""
    return sorted({years[0], years[len(years) // 2], years[-1]}) if years else []


def leaders(study: TradeStudy, stage: str, side: str) -> Table | None:
    """Return the largest exporters or importers of a stage in its first, middle and last year with trade."""
    years = first_middle_last(numbers.active_years(study, stage))
    if not years:
        return None
    values, share = numbers.by_country(study, stage, side), numbers.shares(study, stage, side)
    columns = []
    for year in years:
        best = numbers.ranked(values.sel(year=year), TOP)
        at = [{"year": year, side: iso3} for iso3 in best]
        cells = [
            (words(numbers.name(i)), millions(float(values.sel(where))), figure(100 * float(share.sel(where)), 1))
            for i, where in zip(best, at, strict=True)
        ]
        columns.append(cells + [(words(""), Cell(""), Cell(""))] * (TOP - len(cells)))
    depth = max(sum(1 for cell in column if cell[0].text) for column in columns)
    rows = [(Cell(str(rank + 1)), *(cell for column in columns for cell in column[rank])) for rank in range(depth)]
    top = (Header(""), *(Header(str(year), 3, number=False) for year in years))
    low = (Header("Rank"), *(Header("Country", number=False), Header("US$ million"), Header("Share, %")) * len(years))
    what = f"Largest {side}s, {numbers.stage_title(stage).lower()}: value and share of world trade"
    return Table(what, (top, low), tuple(rows))


def suppliers(study: TradeStudy, stage: str) -> Table | None:
    """Return, for each large importer, its main supplier, that supplier's share, and how concentrated supply is."""
    years = numbers.active_years(study, stage)
    if not years:
        return None
    year = years[-1]
    imports = numbers.by_country(study, stage, "importer").sel(year=year)
    share = numbers.import_shares(study, stage, year)
    ties = study.ties.sel(stage=stage, year=year).sum("exporter")
    rows = []
    for iso3 in numbers.ranked(imports, BUYERS):
        mine = share.sel(importer=iso3)
        main = numbers.ranked(mine, 1)[0]
        rows.append(
            (
                words(numbers.name(iso3)),
                millions(float(imports.sel(importer=iso3))),
                words(numbers.name(main)),
                figure(100 * float(mine.sel(exporter=main)), 1),
                figure(float((mine**2).sum()), 2),
                figure(float(ties.sel(importer=iso3))),
            )
        )
    header = (
        Header("Importer", number=False),
        Header("Imports, US$ million"),
        Header("Main supplier", number=False),
        Header("Its share, %"),
        Header("HHI of suppliers, 0–1"),
        Header("Suppliers by the rule"),
    )
    return Table(
        f"Main suppliers of the largest importers, {numbers.stage_title(stage).lower()}, {year}", (header,), tuple(rows)
    )


def yearly(study: TradeStudy, stage: str) -> Table | None:
    """Return world trade and the world indicators of a stage, one row a year."""
    if not numbers.active_years(study, stage):
        return None
    held = set(study.indicators["indicator"].unique().to_list())
    shown = [row for row in YEARLY if row[0] in held]
    series = {row[0]: numbers.indicator(study, stage, row[0]) for row in shown}
    world = numbers.total(study, stage).to_numpy()
    rows = [
        (
            Cell(str(year)),
            millions(float(world[i])),
            *(figure(series[indicator][i], decimals) for indicator, _, decimals in shown),
        )
        for i, year in enumerate(numbers.year_axis(study))
    ]
    header = (Header("Year"), Header("World trade, US$ million"), *(Header(title) for _, title, _ in shown))
    return Table(f"Indicators by year, {numbers.stage_title(stage).lower()}", (header,), tuple(rows))


def stage_contents(study: TradeStudy) -> Table | None:
    """Return what the stages hold: HS codes, whose exports of them count, and what the heading is.

    None where the chain came from a file and is not in the library.
    """
    if study.chain not in reference.chains():
        return None
    titles = dict(reference.hs_codes().select("hs6", "title").iter_rows())
    rows = []
    for stage in reference.chain(study.chain).staging(study.staging).stages:
        if stage.name not in study.stages:
            continue
        for hs6 in sorted({select.hs6 for select in stage.selects}):
            scopes = [_scope(select) for select in stage.selects if select.hs6 == hs6]
            cells = (
                f"{numbers.stage_title(stage.name)}: {stage.title}",
                hs6,
                titles.get(hs6, NOTHING),
                "; ".join(scopes),
            )
            rows.append(tuple(words(text) for text in cells))
    header = tuple(Header(title, number=False) for title in ("Stage", "HS code", "Heading", "Exports of"))
    return Table("What the stages hold", (header,), tuple(rows))


def _scope(select: "reference.Select") -> str:
    """Whose exports of a heading count, and when: "Myanmar, Laos", "United States 2018–2024", "all but Australia"."""
    if select.exporters:
        who = ", ".join(numbers.name(iso3) for iso3 in select.exporters)
    elif select.except_exporters:
        who = "all but " + ", ".join(numbers.name(iso3) for iso3 in select.except_exporters)
    else:
        who = "all countries"
    first, last = select.years or (None, None)
    when = f"{first}–{last}" if first and last else f"from {first}" if first else f"up to {last}" if last else ""
    return f"{who} {when}".strip()


def definitions(study: TradeStudy) -> Table:
    """Return the indicators shown in the tables by year, with formula and paper."""
    held = set(study.indicators["indicator"].unique().to_list())
    shown = [networks.INDICATORS[name] for name, _, _ in YEARLY if name in held and name in networks.INDICATORS]
    rows = tuple((words(one.title), words(one.definition), words(one.basis), words(one.paper)) for one in shown)
    header = tuple(Header(title, number=False) for title in ("Indicator", "Definition", "Computed on", "After"))
    return Table("Indicators", (header,), rows)


def provenance(study: TradeStudy) -> Table:
    """Return the sources behind the study."""
    rows = tuple(
        (
            words(p.title or p.source),
            words(p.version or NOTHING),
            words(numbers.span(*p.years) if p.years else NOTHING),
            words(p.kind),
            words(p.licence or NOTHING),
            words(p.citation or NOTHING),
        )
        for p in study.provenance
    )
    titles = ("Source", "Version", "Years", "Kind", "Licence", "Cite as")
    return Table("Sources", (tuple(Header(title, number=False) for title in titles),), rows)
