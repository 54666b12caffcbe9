"""The tables of the policy report."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from xenotime.report.tables import NOTHING, Cell, Header, Table, figure, words
from xenotime.studies.policy import PolicyStudy
from xenotime.studies.policy.numbers import country, percent

#: Elasticities, as the heads of columns.
PARAMETERS = {"substitution": "Substitution", "demand": "Demand", "supply": "Supply"}


def _change(value: float | None, decimals: int = 1, factor: float = 100.0) -> Cell:
    """Return a signed change; per cent or points unless told otherwise."""
    if value is None:
        return Cell(NOTHING)
    number = round(factor * value, decimals)
    return Cell("0" if number == 0 else f"{number:+,.{decimals}f}".replace("-", "−"))


def _text_header(*titles: str) -> tuple[tuple[Header, ...], ...]:
    return (tuple(Header(title, number=False) for title in titles),)


def _titled(title: str) -> Cell:
    """Return a scenario's title; a number keeps its sign of per cent beside it."""
    return words(title.replace(" %", "\u00a0%"))


def _scenario(study: PolicyStudy, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return the cells that say which scenario a row is about; its market where there are several."""
    named = (_titled(row["title"]), words(row["market"]))
    return named if len(study.markets) > 1 else named[:1]


def _scenario_header(study: PolicyStudy) -> tuple[Header, ...]:
    named = (Header("Scenario", number=False), Header("Market", number=False))
    return named if len(study.markets) > 1 else named[:1]


def comparison(study: PolicyStudy) -> Table:
    """Return trade on three bases, concentration and welfare by scenario."""
    rows = [
        (
            *_scenario(study, row),
            _change(row["quantity"]),
            Cell(_span(row["quantity_low"], row["quantity_high"])),
            _change(row["producer_value"]),
            _change(row["border_value"]),
            _change(row["export_hhi"], 3, 1),
            _change(row["welfare"], 2),
        )
        for row in study.comparison.sort("quantity", nulls_last=True).iter_rows(named=True)
    ]
    level = percent(float(study.settings["level"]))
    header = (
        *_scenario_header(study), Header("Quantity, %"), Header(f"{level} interval"), Header("Producer value, %"),
        Header("Border value, %"), Header("Exporter HHI"), Header("Welfare, % of trade"),
    )  # fmt: skip
    return Table("Changes by scenario, medians over draws", (header,), tuple(rows))


def shape(study: PolicyStudy) -> Table:
    """Return density, strength, communities, regionalisation and mediation by scenario."""
    rows = [
        (
            *_scenario(study, row),
            _change(row["density"], 2),
            _change(row["strength"]),
            _change(row["modularity"], 3, 1),
            _change(row["within_communities"]),
            _change(row["within_regions"]),
            words(row["regionalisation"] or NOTHING),
            words(row["mediation"] or NOTHING),
        )
        for row in study.comparison.sort("quantity", nulls_last=True).iter_rows(named=True)
    ]
    header = (
        *_scenario_header(study), Header("Density, points"), Header("Strength, %"), Header("Modularity"),
        Header("Within communities, points"), Header("Within regions, points"), Header("Trade becomes", number=False),
        Header("China–US mediation", number=False),
    )  # fmt: skip
    return Table("The shape of the network, changes by scenario, medians over draws", (header,), tuple(rows))


def _span(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{_change(low).text} to {_change(high).text}"


def mediation(study: PolicyStudy) -> Table | None:
    """Return who carries Chinese goods to the United States, by scenario; None where no market tells."""
    held = {(row["scenario"], row["measure"]): row for row in study.network.iter_rows(named=True)}
    rows = []
    for row in study.comparison.drop_nulls("mediation").sort("china_us_direct").iter_rows(named=True):
        cells = [*_scenario(study, row)]
        for name in ("china_us_direct", "china_us_carried"):
            found = held[row["scenario"], name]
            cells += [
                figure(100 * found["before"], 1),
                _change(found["median"]),
                Cell(_span(found["low"], found["high"])),
                words("yes" if found["more_than_noise"] else "no"),
            ]
        mediator, share = row["mediator"], row["mediator_share"]
        rows.append((*cells, words(country(mediator) if mediator else NOTHING), figure(share and 100 * share, 1)))
    if not rows:
        return None
    part = (Header("Before, %"), Header("Change"), Header("Interval"), Header("More than noise", number=False))
    top = (
        Header("", len(_scenario_header(study)), number=False), Header("Directly, points", 4, number=False),
        Header("By Japan, Malaysia and Viet Nam, points", 4, number=False), Header("Largest carrier", 2, number=False),
    )  # fmt: skip
    low = (
        *_scenario_header(study), *part, *part,
        Header("After the policy", number=False), Header("Share, %"),
    )  # fmt: skip
    return Table("How Chinese goods reach the United States, medians over draws", (top, low), tuple(rows))


def winners(study: PolicyStudy) -> Table:
    """Return who gains and loses most, and what drives the answer."""
    rows = []
    for row in study.comparison.sort("quantity", nulls_last=True).iter_rows(named=True):
        drivers = study.drivers.filter(pl.col("scenario") == row["scenario"], pl.col("outcome") == "quantity")
        share = dict(drivers.select("parameter", "first_order").iter_rows())
        rows.append(
            (
                _titled(row["title"]),
                words(country(row["winner"]) if row["winner"] else NOTHING),
                _change(row["winner_kusd"], 1, 1e-3),
                words(country(row["loser"]) if row["loser"] else NOTHING),
                _change(row["loser_kusd"], 1, 1e-3),
                *(figure(share.get(name), 2) for name in PARAMETERS),
                figure(100 * row["failed"], 1),
            )
        )
    top = (
        Header("", number=False), Header("Gains most, US$ million", 2, number=False),
        Header("Loses most, US$ million", 2, number=False), Header("Share of each elasticity", 3, number=False),
        Header(""),
    )  # fmt: skip
    low = (
        Header("Scenario", number=False), Header("Country", number=False), Header("Net welfare"),
        Header("Country", number=False), Header("Net welfare"), *(Header(title) for title in PARAMETERS.values()),
        Header("Draws without an answer, %"),
    )  # fmt: skip
    return Table("Winners, losers, and what drives world quantity (first-order Sobol indices)", (top, low), tuple(rows))


def signs(study: PolicyStudy) -> Table:
    """Return expected signs beside those found."""
    rows = [
        (
            words(row["scenario"]),
            words(row["quantity"]),
            words(row["expected"]),
            words(row["found"]),
            _change(row["change"], 2),
            words("yes" if row["holds"] else "no"),
            figure(None if row["share_of_draws"] is None else 100 * row["share_of_draws"], 0),
        )
        for row in study.signs.iter_rows(named=True)
    ]
    header = (
        Header("Scenario", number=False), Header("Quantity", number=False), Header("Expected", number=False),
        Header("Found", number=False), Header("Change, %"), Header("Holds", number=False),
        Header("Draws in which it does, %"),
    )  # fmt: skip
    return Table("Expected signs, at central elasticities", (header,), tuple(rows))


def claims(study: PolicyStudy) -> Table | None:
    """Return published claims beside ours; None where none of their scenarios was solved."""
    if study.claims.is_empty():
        return None
    rows = tuple(tuple(words(text) for text in row) for row in study.claims.iter_rows())
    titles = ("Published (Han et al. 2025)", "Here", "Verdict", "Why it differs, or what bounds it")
    return Table("Published claims beside these results", _text_header(*titles), rows)


def alternatives(study: PolicyStudy) -> Table:
    """Return what other assumptions of the base would make of world quantity."""
    names = study.alternatives["alternative"].unique(maintain_order=True).to_list()
    held = {(row["scenario"], row["alternative"]): row["quantity"] for row in study.alternatives.iter_rows(named=True)}
    order = study.comparison.sort("quantity", nulls_last=True)
    rows = tuple(
        (_titled(title), *(_change(held.get((scenario, name))) for name in names))
        for scenario, title in order.select("scenario", "title").iter_rows()
    )
    header = (Header("Scenario", number=False), *(Header(name[:1].upper() + name[1:]) for name in names))
    return Table("World quantity, %, at central elasticities, if one assumption is changed", (header,), rows)


def _of_markets(study: PolicyStudy, table: pl.DataFrame) -> pl.DataFrame:
    """Join rows that say the same of several markets; "all" where there are several and it holds of each."""
    many = len(study.markets)
    joined = table.group_by(pl.exclude("market"), maintain_order=True).agg(pl.col("market"))
    every = (pl.col("market").list.len() == many) & (many > 1)
    named = pl.when(every).then(pl.lit("all")).otherwise(pl.col("market").list.join(", "))
    return joined.with_columns(named.alias("market")).select(table.columns)


def rests_on(study: PolicyStudy) -> Table:
    """Return what each market rests on."""
    rows = tuple(tuple(words(text) for text in row) for row in _of_markets(study, study.assumptions).iter_rows())
    return Table("What each market rests on", _text_header("Market", "What", "Value", "Source"), rows)


def elasticities(study: PolicyStudy) -> Table:
    """Return the ranges of the elasticities with their sources."""
    rows = tuple(
        (
            words(row["market"]),
            words(row["elasticity"]),
            figure(row["low"], 2),
            figure(row["central"], 2),
            figure(row["high"], 2),
            words(row["source"]),
            words(row["published"] or NOTHING),
        )
        for row in _of_markets(study, study.elasticities).iter_rows(named=True)
    )
    header = (
        Header("Market", number=False), Header("Elasticity", number=False), Header("Low"), Header("Central"),
        Header("High"), Header("Source", number=False), Header("Published for these headings", number=False),
    )  # fmt: skip
    return Table("Elasticities, as positive numbers", (header,), rows)


def adjustments(study: PolicyStudy) -> Table | None:
    """Return every adjustment to the flows; None without one."""
    if study.adjustments.is_empty():
        return None
    rows = tuple(
        (
            words(row["market"]),
            words(country(row["country"])),
            words(row["what"]),
            figure(row["value_kusd"] / 1e3, 2),
            words(", ".join(country(part) for part in row["to"].split(", ")) if row["to"] else NOTHING),
            words(row["why"]),
        )
        for row in study.adjustments.iter_rows(named=True)
    )
    header = (
        Header("Market", number=False), Header("Country", number=False), Header("What", number=False),
        Header("US$ million"), Header("To", number=False), Header("Why", number=False),
    )  # fmt: skip
    return Table("Adjustments to flows", (header,), rows)


def sources(study: PolicyStudy) -> Table:
    """Return where each scenario is from."""
    rows = tuple(
        tuple(words(text or NOTHING) for text in row)
        for row in study.scenarios.select("title", "market", "nest", "notes", "source").iter_rows()
    )
    return Table("Scenarios", _text_header("Scenario", "Market", "Demand", "Notes", "Source"), rows)


def provenance(study: PolicyStudy) -> Table:
    """Return the data behind the study."""
    rows = tuple(
        tuple(words(text or NOTHING) for text in (p.title or p.source, p.version, p.kind, p.licence, p.citation))
        for p in study.provenance
    )
    return Table("Sources", _text_header("Source", "Version", "Kind", "Licence", "Cite as"), rows)
