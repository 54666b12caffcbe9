"""The tables of the report: each a caption, a header with units, and rows of text ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xenotime import networks, reference
from xenotime.report import numbers
from xenotime.studies import AlliancesStudy, TradeStudy

TOP = 10
BUYERS = 15
NOTHING = "–"

#: The least share, and the least value in thousand USD, that a table of leaders shows: what would print as 0.0 is not
#: a leader.
LEAST_SHARE = 0.0005

#: Indicators by year: name in `networks.INDICATORS`, header, decimals, whether in per cent.
YEARLY = (
    ("export_hhi", "Exporter HHI", 3, False),
    ("import_hhi", "Importer HHI", 3, False),
    ("supplier_hhi", "Supplier HHI, median importer", 3, False),
    ("active_countries", "Countries with a tie", 0, False),
    ("density", "Density, %", 2, True),
    ("average_degree", "Average degree", 2, False),
    ("reciprocity", "Reciprocity, %", 1, True),
    ("average_clustering", "Clustering", 3, False),
    ("average_path_length", "Path length", 2, False),
    ("reachable_share", "Pairs with a path, %", 1, True),
    ("degree_assortativity", "Assortativity", 2, False),
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
    """Return thousand USD as a cell in million USD: one decimal, or as many as show two digits of a small value."""
    value = kusd / 1e3
    small = np.isfinite(value) and 0 < abs(value) < 0.095
    return figure(value, 1 + int(np.ceil(-np.log10(abs(value)))) if small else 1)


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
        large = values.sel(year=year).where(share.sel(year=year) >= LEAST_SHARE)
        best = numbers.ranked(large, TOP)
        at = [{"year": year, side: iso3} for iso3 in best]
        cells = [
            (words(numbers.name(i)), millions(float(values.sel(where))), figure(100 * float(share.sel(where)), 1))
            for i, where in zip(best, at, strict=True)
        ]
        columns.append(cells)
    depth = max(len(column) for column in columns)
    none = (words(NOTHING), Cell(NOTHING), Cell(NOTHING))
    columns = [column + [none] * (depth - len(column)) for column in columns]
    rows = [(Cell(str(rank + 1)), *(cell for column in columns for cell in column[rank])) for rank in range(depth)]
    top = (Header(""), *(Header(str(year), 3, number=False) for year in years))
    low = (Header("Rank"), *(Header("Country", number=False), Header("US$ million"), Header("Share, %")) * len(years))
    what = f"Largest {side}s, {goods(study, stage)}: value and share of {numbers.trade_words(study)}"
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
    return Table(f"Main suppliers of the largest importers, {goods(study, stage)}, {year}", (header,), tuple(rows))


def yearly(study: TradeStudy, stage: str) -> Table | None:
    """Return trade and the main indicators of a stage, one row a year; those that data with gaps bias bear a dagger."""
    if not numbers.active_years(study, stage):
        return None
    shown = [row for row in YEARLY if row[0] in numbers.held_indicators(study)]
    series = {row[0]: numbers.indicator(study, stage, row[0]) for row in shown}
    summed = numbers.total(study, stage).to_numpy()
    rows = [
        (
            Cell(str(year)),
            millions(float(summed[i])),
            *(figure(series[name][i] * (100 if percent else 1), decimals) for name, _, decimals, percent in shown),
        )
        for i, year in enumerate(numbers.year_axis(study))
    ]
    incomplete = numbers.has_cut(study) or numbers.most_unknown(study) >= 0.005
    daggers = {name: " †" if incomplete and numbers.counts_ties(name) else "" for name, *_ in shown}
    whose = "World trade" if numbers.is_world(study) else "Trade in the file"
    header = (
        Header("Year"),
        Header(f"{whose}, US$ million"),
        *(Header(head + daggers[name]) for name, head, *_ in shown),
    )
    note = " († small or unknown flows are not in it)" if any(daggers.values()) else ""
    return Table(f"Indicators by year, {goods(study, stage)}{note}", (header,), tuple(rows))


def goods(study: TradeStudy, stage: str) -> str:
    """Return a stage in a caption: "permanent magnets"."""
    return numbers.in_sentence(numbers.goods(study, stage))


def stage_contents(study: TradeStudy) -> Table | None:
    """Return what the stages hold: HS codes, whose exports of them count, and what the heading holds of them.

    None where the chain came from a file and is not in the library.
    """
    staging = numbers.staging(study)
    if staging is None:
        return None
    titles = dict(reference.hs_codes().select("hs6", "title").iter_rows())
    rows = []
    for stage in staging.stages:
        if stage.name not in study.stages:
            continue
        by_content: dict[tuple[str, str], list[str]] = {}
        for select in stage.selects:
            by_content.setdefault((select.hs6, select.holds), []).append(_scope(select))
        for (hs6, holds), scopes in sorted(by_content.items(), key=lambda item: item[0][0]):
            label = f"{numbers.stage_title(stage.name)}: {stage.title}"
            cells = (label, hs6, titles.get(hs6, NOTHING), "; ".join(scopes), holds)
            rows.append(tuple(words(text) for text in cells))
    header = tuple(
        Header(title, number=False) for title in ("Stage", "HS code", "Heading", "Exports of", "What it holds of them")
    )
    return Table("What the headings hold, by stage", (header,), tuple(rows))


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
    held = numbers.held_indicators(study)
    shown = [networks.INDICATORS[name] for name, *_ in YEARLY if name in held and name in networks.INDICATORS]
    rows = tuple((words(one.title), words(one.definition), words(one.basis), words(one.paper)) for one in shown)
    header = tuple(Header(title, number=False) for title in ("Indicator", "Definition", "Computed on", "After"))
    return Table("Indicators", (header,), rows)


def provenance(study: TradeStudy | AlliancesStudy) -> Table:
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
