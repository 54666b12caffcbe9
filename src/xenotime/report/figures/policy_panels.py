"""Prices, winners and losers, and flows that change most: a panel for each of the weightiest scenarios."""

from typing import Any

import polars as pl
from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.figures.policy_base import (
    grid_of_panels,
    interval,
    named_rows,
    panel_title,
    shown,
    signed_axis,
    source_line,
    zero_line,
)
from xenotime.studies.policy import PolicyStudy
from xenotime.studies.policy.numbers import country, money, signed

COUNTRIES = 12
FLOWS = 12
#: Room for names of countries and of pairs of them, inches.
LEFT, WIDE = 1.05, 1.75


@style.styled
def draw_prices(study: PolicyStudy) -> Figure:
    """Draw what importers pay and what producers receive in the largest trading countries."""
    chosen = shown(study)
    figure, panels = grid_of_panels(len(chosen), COUNTRIES, LEFT, head=0.22)
    for axes, scenario in zip(panels, chosen, strict=True):
        names = _largest(study, scenario["market"])
        named_rows(axes, [country(name) for name in names])
        zero_line(axes)
        for quantity, colour, up in (("composite_price", style.BLUE, -0.14), ("price", style.VERMILION, 0.14)):
            rows = _by_country(study, scenario["scenario"], quantity)
            for k, name in enumerate(names):
                row = rows.get(name)
                if row is None or row["median"] is None:
                    continue
                axes.plot([100 * row["low"], 100 * row["high"]], [k + up] * 2, color=colour, lw=1.4, zorder=2)
                axes.plot(100 * row["median"], k + up, "o", color=colour, ms=3.2, zorder=3)
        signed_axis(axes, "change, %")
        panel_title(axes, scenario["title"], LEFT)
    _legend(figure, (("what buyers pay, mean of all sources", style.BLUE), ("what producers receive", style.VERMILION)))
    return figure


@style.styled
def draw_welfare(study: PolicyStudy) -> Figure:
    """Draw the largest gains and losses of net welfare."""
    chosen = shown(study)
    figure, panels = grid_of_panels(len(chosen), COUNTRIES, LEFT)
    for axes, scenario in zip(panels, chosen, strict=True):
        rows = _extremes(study, scenario["scenario"])
        named_rows(axes, [country(row["country"]) for row in rows])
        zero_line(axes)
        for k, row in enumerate(rows):
            colour = style.BLUE if row["median"] > 0 else style.VERMILION
            axes.barh(k, row["median"] / 1e3, height=0.62, color=colour, alpha=0.45, lw=0, zorder=2)
            axes.plot([row["low"] / 1e3, row["high"] / 1e3], [k, k], color=colour, lw=1.4, zorder=3)
        signed_axis(axes, "net welfare, US$ million a year")
        panel_title(axes, scenario["title"], LEFT)
    return figure


@style.styled
def draw_flows(study: PolicyStudy) -> Figure:
    """Draw the flows that change most."""
    chosen = shown(study)
    figure, panels = grid_of_panels(len(chosen), FLOWS, WIDE)
    for axes, scenario in zip(panels, chosen, strict=True):
        rows = _changed(study, scenario["scenario"])
        named_rows(axes, [f"{country(row['exporter'])} → {country(row['importer'])}" for row in rows])
        zero_line(axes)
        for k, row in enumerate(rows):
            colour = style.BLUE if row["median"] > 0 else style.VERMILION
            axes.barh(k, row["median"] / 1e3, height=0.62, color=colour, alpha=0.45, lw=0, zorder=2)
            axes.plot([row["low"] / 1e3, row["high"] / 1e3], [k, k], color=colour, lw=1.4, zorder=3)
        signed_axis(axes, "border value, US$ million a year")
        panel_title(axes, scenario["title"], WIDE)
    return figure


def _legend(figure: Figure, entries: tuple[tuple[str, str], ...]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", ls="", color=colour, ms=3.6, label=label) for label, colour in entries]
    figure.legend(
        handles=handles, loc="upper left", ncol=2, fontsize=style.SMALL, handletextpad=0.3, bbox_to_anchor=(0, 1)
    )


def _largest(study: PolicyStudy, market: str) -> list[str]:
    """Return the largest traders of a market, by exports and imports."""
    flows = study.base.filter(pl.col("market") == market, pl.col("exporter") != pl.col("importer"))
    sides = [flows.select(pl.col(side).alias("country"), "value_kusd") for side in ("exporter", "importer")]
    totals = pl.concat(sides).group_by("country").agg(pl.col("value_kusd").sum())
    return list(totals.sort("value_kusd", "country", descending=[True, False]).head(COUNTRIES)["country"])


def _by_country(study: PolicyStudy, scenario: str, quantity: str) -> dict[str, dict[str, Any]]:
    rows = study.countries.filter(pl.col("scenario") == scenario, pl.col("quantity") == quantity)
    return {row["country"]: row for row in rows.iter_rows(named=True)}


def _extremes(study: PolicyStudy, scenario: str) -> list[dict[str, Any]]:
    """Return the largest gains and losses, gains first."""
    rows = study.countries.filter(pl.col("scenario") == scenario, pl.col("quantity") == "net").drop_nulls("median")
    rows = rows.sort("median", descending=True)
    half = COUNTRIES // 2
    gains = rows.filter(pl.col("median") > 0).head(half)
    losses = rows.filter(pl.col("median") < 0).tail(COUNTRIES - len(gains))
    return pl.concat([gains, losses]).to_dicts()


def _changed(study: PolicyStudy, scenario: str) -> list[dict[str, Any]]:
    rows = study.flows.filter(pl.col("scenario") == scenario).drop_nulls("median")
    return rows.sort(pl.col("median").abs(), descending=True).head(FLOWS).sort("median", descending=True).to_dicts()


def _which(study: PolicyStudy) -> str:
    chosen = shown(study)
    market = study.markets.filter(pl.col("market") == chosen[0]["market"]).row(0, named=True)
    return f"{market['goods']}, {market['year']}; the {len(chosen)} scenarios that change world quantity most"


def caption_prices(study: PolicyStudy) -> str:
    """Words under the figure."""
    return f"Prices over the base in the largest traders. {_which(study)}. {interval(study)} {source_line(study)}"


def alt_prices(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    said = []
    for scenario in shown(study):
        rows = [
            row
            for row in _by_country(study, scenario["scenario"], "composite_price").values()
            if row["median"] is not None and row["country"] in _largest(study, scenario["market"])
        ]
        top = max(rows, key=lambda row: row["median"])
        said.append(f"{scenario['title']}: buyers' prices up to {signed(top['median'])} in {country(top['country'])}")
    return "; ".join(said) + "."


def caption_welfare(study: PolicyStudy) -> str:
    """Words under the figure."""
    return (
        f"Winners and losers: largest changes of net welfare (producers, buyers, tariffs, export taxes, rents, less "
        f"subsidies). {_which(study)}. Bars are medians. {interval(study)} {source_line(study)}"
    )


def alt_welfare(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    said = []
    for row in shown(study):
        parts = [f"{country(row[side])} {money(row[f'{side}_kusd'])}" for side in ("winner", "loser") if row[side]]
        said.append(f"{row['title']}: {', '.join(parts) or 'none'}")
    return "; ".join(said) + "."


def caption_flows(study: PolicyStudy) -> str:
    """Words under the figure."""
    return (
        f"Flows that change most, among the largest of the base, by border value. {_which(study)}. Bars are medians. "
        f"{interval(study)} {source_line(study)}"
    )


def alt_flows(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    said = []
    for scenario in shown(study):
        row = max(_changed(study, scenario["scenario"]), key=lambda found: abs(found["median"]))
        pair = f"{country(row['exporter'])} to {country(row['importer'])}"
        said.append(f"{scenario['title']}: {pair} {money(row['median'])}")
    return "; ".join(said) + "."
