"""One row a scenario: what a reader compares first, as the published study's table does, with what drives it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from xenotime.studies.policy.solve import Solved

#: A change of welfare below this share of the base's trade is none.
NONE = 1e-9

SCHEMA = {
    "scenario": pl.String, "title": pl.String, "market": pl.String,
    "quantity": pl.Float64, "quantity_low": pl.Float64, "quantity_high": pl.Float64,
    "producer_value": pl.Float64, "border_value": pl.Float64,
    "export_hhi": pl.Float64, "density": pl.Float64, "strength": pl.Float64, "modularity": pl.Float64,
    "within_communities": pl.Float64, "within_regions": pl.Float64, "regionalisation": pl.String,
    "china_us_direct": pl.Float64, "china_us_carried": pl.Float64, "mediation": pl.String, "mediator": pl.String,
    "mediator_share": pl.Float64,
    "welfare": pl.Float64, "welfare_low": pl.Float64, "welfare_high": pl.Float64,
    "winner": pl.String, "winner_kusd": pl.Float64, "loser": pl.String, "loser_kusd": pl.Float64,
    "driver": pl.String, "failed": pl.Float64,
}  # fmt: skip
#: Changes of the network that the table shows; strength in proportion, the others in their own unit.
SHOWN = (
    "export_hhi", "density", "strength", "modularity", "within_communities", "within_regions", "china_us_direct",
    "china_us_carried",
)  # fmt: skip


def comparison(
    solved: Sequence[Solved],
    world: pl.DataFrame,
    network: pl.DataFrame,
    mediation: pl.DataFrame,
    countries: pl.DataFrame,
    drivers: pl.DataFrame,
    level: float,
) -> pl.DataFrame:
    """Return the table of `SCHEMA`: medians over draws, welfare as a share of the base's trade.

    `regionalisation` is "regional" where trade within world regions or within the baseline's communities grows by more
    than noise and neither shrinks, "global" the other way round, "mixed" where they part, "unclear" else; null where no
    draw has an answer.
    `mediation` is "more" where less of the Chinese goods in the United States came directly, by more than noise, "less"
    where more did, "unclear" else, null where none arrive; `mediator` carries most of them after the policy.
    """
    rows = []
    for one in solved:
        name = one.case.name
        trade = {row["basis"]: row for row in world.filter(scenario=name).iter_rows(named=True)}
        shape = {row["measure"]: row for row in network.filter(scenario=name).iter_rows(named=True)}
        net = countries.filter(scenario=name, quantity="net").drop_nulls("median").sort("median")
        changes = {measure: shape[measure]["median"] for measure in SHOWN}
        if changes["strength"] is not None:
            changes["strength"] /= shape["strength"]["before"]
        total = _net(one)
        low, middle, high = _quantiles(total, level)
        driver = drivers.filter(pl.col("scenario") == name, pl.col("outcome") == "quantity").drop_nulls("first_order")
        best = driver.sort("first_order", descending=True)["parameter"].to_list()
        winner = next(net.filter(pl.col("median") > 0).tail(1).iter_rows(named=True), {})
        loser = next(net.filter(pl.col("median") < 0).head(1).iter_rows(named=True), {})
        carriers = mediation.filter(pl.col("scenario") == name, pl.col("carrier") != "direct", pl.col("after") > 0)
        mediator = next(carriers.sort("after", descending=True).head(1).iter_rows(named=True), {})
        rows.append(
            {
                "scenario": name,
                "title": one.case.scenario.title,
                "market": one.case.base.key,
                "quantity": trade["quantity"]["median"],
                "quantity_low": trade["quantity"]["low"],
                "quantity_high": trade["quantity"]["high"],
                "producer_value": trade["producer_value"]["median"],
                "border_value": trade["border_value"]["median"],
                **changes,
                "regionalisation": verdict(shape),
                "mediation": mediated(shape),
                "mediator": mediator.get("carrier"),
                "mediator_share": mediator.get("after"),
                "welfare": middle,
                "welfare_low": low,
                "welfare_high": high,
                "winner": winner.get("country"),
                "winner_kusd": winner.get("median"),
                "loser": loser.get("country"),
                "loser_kusd": loser.get("median"),
                "driver": best[0] if best else None,
                "failed": one.failed,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)


def verdict(shape: dict[str, dict[str, object]]) -> str | None:
    """Say whether trade becomes regional, from the rows of `network` of one scenario."""
    signs = set()
    for name in ("within_regions", "within_communities"):
        row = shape[name]
        if row["median"] is None:
            return None
        if row["more_than_noise"]:
            signs.add(1 if float(str(row["median"])) > 0 else -1)
    return {frozenset(): "unclear", frozenset({1}): "regional", frozenset({-1}): "global"}.get(
        frozenset(signs), "mixed"
    )


def mediated(shape: dict[str, dict[str, object]]) -> str | None:
    """Say whether more Chinese goods reach the United States by others, from the rows of `network` of one scenario."""
    row = shape["china_us_direct"]
    if row["median"] is None:
        return None
    if not row["more_than_noise"]:
        return "unclear"
    return "more" if float(str(row["median"])) < 0 else "less"


def _net(one: Solved) -> np.ndarray:
    """Net welfare of the world over the base's trade between countries, by draw."""
    market = one.case.base.market
    trade = market.flows.sum() - np.trace(market.flows)
    net = one.by_country["net"]
    share = np.where(np.isnan(net).all(axis=1), np.nan, np.nansum(net, axis=1)) / trade
    return np.where(np.abs(share) < NONE, 0.0, share)


def _quantiles(values: np.ndarray, level: float) -> tuple[float | None, float | None, float | None]:
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None, None
    tail = (1 - level) / 2
    low, middle, high = np.quantile(known, [tail, 0.5, 1 - tail])
    return float(low), float(middle), float(high)
