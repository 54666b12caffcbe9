"""Claims of the published study beside ours, each with the reason where they differ.

The claims are those of Han et al. 2025 (iScience, doi 10.1016/j.isci.2025.113658). Their data, elasticities, lists of
countries and the basis of "world trade" cannot be read, so a difference is expected and nothing here reproduces them.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from xenotime.studies.policy.alternatives import LARGE_OWN_TRADE
from xenotime.studies.policy.comparison import verdict
from xenotime.studies.policy.numbers import country, percent, points, signed
from xenotime.studies.policy.solve import Solved

SCHEMA = {"claim": pl.String, "ours": pl.String, "verdict": pl.String, "why": pl.String}
OTHERS, CHINA, ALL, FREE = (
    "other_exporters_tax_25", "china_export_tax_25", "all_main_exporters_tax_25", "tariff_removal",
)  # fmt: skip
BARRIERS = (
    CHINA,
    OTHERS,
    ALL,
    "bloc_tariffs_25",
    "us_china_decoupling",
    "us_china_tit_for_tat",
    "us_section_301_magnets",
)
OPENINGS = ("open_coalition_msp", FREE)


def claims(
    solved: Sequence[Solved], world: pl.DataFrame, network: pl.DataFrame, alternatives: pl.DataFrame
) -> pl.DataFrame:
    """Return `claim, ours, verdict` ("agrees", "differs", "in part") and `why`, for scenarios that were solved."""
    trade = {(row["scenario"], row["basis"]): row["median"] for row in world.drop_nulls("median").iter_rows(named=True)}
    by_name = {one.case.name: one for one in solved if (one.case.name, "quantity") in trade}
    rows = []
    if OTHERS in by_name:
        rows.append(_coordinated(by_name[OTHERS], trade, _with_own_trade(alternatives)))
    if OTHERS in by_name and CHINA in by_name:
        rows.append(_as_much_as_china(by_name[OTHERS], by_name[CHINA], trade, _with_own_trade(alternatives)))
    if FREE in by_name:
        rows.append(_removal(by_name[FREE], trade))
    rows += [
        row
        for names, wanted, claim in (
            (BARRIERS, "regional", "barriers regionalise trade"),
            (OPENINGS, "global", "non-discriminatory coalitions and liberalisation globalise trade"),
        )
        if (row := _direction([name for name in names if name in by_name], wanted, claim, network))
    ]
    if by_name:
        rows.append(_concentration(list(by_name), network))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _bases(name: str, trade: dict[tuple[str, str], float]) -> str:
    words = (("quantity", "quantity"), ("producer_value", "producer value"), ("border_value", "border value"))
    return ", ".join(f"{text} {signed(trade[name, basis])}" for basis, text in words)


def _share(one: Solved) -> tuple[float, tuple[str, ...]]:
    """Return the taxed exporters' share in the base's trade, and who they are."""
    shock, market = one.case.shock, one.case.base.market
    flows = market.flows - np.diag(np.diag(market.flows))
    taxed = np.asarray(((shock.export_taxes > market.export_taxes) & (flows > 0)).any(axis=1))
    who = tuple(name for name, yes in zip(market.names, taxed.tolist()) if yes)
    return float(flows[taxed].sum() / flows.sum()), who


def _with_own_trade(alternatives: pl.DataFrame) -> dict[str, float]:
    """Return world quantity by scenario if own trade were as large as exports everywhere, at central elasticities."""
    rows = alternatives.filter(alternative=LARGE_OWN_TRADE).drop_nulls("quantity")
    return dict(rows.select("scenario", "quantity").iter_rows())


def _coordinated(
    one: Solved, trade: dict[tuple[str, str], float], large: dict[str, float]
) -> tuple[str, str, str, str]:
    share, who = _share(one)
    beyond = [basis for basis in ("quantity", "producer_value", "border_value") if trade[OTHERS, basis] < -0.10]
    verdict_ = "agrees" if len(beyond) == 3 else "in part" if beyond else "differs"
    why = (
        f"the taxed exporters ({', '.join(map(country, who))}) ship {percent(share)} of this trade; the rest is not "
        "taxed, and part of what they lose moves to it. The basis on which trade is counted matters as much"
    )
    if OTHERS in large:
        why += f"; own trade does too: as large as exports everywhere, quantity {signed(large[OTHERS])}"
    claim = "a coordinated 25 % export tax of the other main exporters cuts world trade by more than 10 %"
    return claim, _bases(OTHERS, trade), verdict_, why


def _as_much_as_china(
    one: Solved, china: Solved, trade: dict[tuple[str, str], float], large: dict[str, float]
) -> tuple[str, str, str, str]:
    ratio = trade[OTHERS, "quantity"] / trade[CHINA, "quantity"]
    alike = 0.75 <= ratio <= 1.33
    (theirs, _), (chinas, _) = _share(one), _share(china)
    ours = f"{percent(ratio)} of the effect of China's own tax by quantity ({signed(trade[CHINA, 'quantity'])})"
    why = "" if alike else f"China ships {percent(chinas)} of this trade, the coalition {percent(theirs)}"
    if why and {OTHERS, CHINA} <= set(large):
        why += f"; with own trade as large as exports, {percent(large[OTHERS] / large[CHINA])} of it"
    return "the coordinated tax weighs about as much as China's own", ours, "agrees" if alike else "differs", why


def _removal(one: Solved, trade: dict[tuple[str, str], float]) -> tuple[str, str, str, str]:
    value = trade[FREE, "quantity"]
    market = one.case.base.market
    flows = market.flows - np.diag(np.diag(market.flows))
    mean = float((flows * market.tariffs).sum() / flows.sum())
    agrees = 0 < value < 0.03
    why = f"the duty on this trade is {percent(mean)} on average at the base, so there is little to remove"
    return "removing all tariffs adds less than 3 %", _bases(FREE, trade), "agrees" if agrees else "differs", why


def _direction(
    names: Sequence[str], wanted: str, claim: str, network: pl.DataFrame
) -> tuple[str, str, str, str] | None:
    if not names:
        return None
    shapes = {
        name: {row["measure"]: row for row in network.filter(scenario=name).iter_rows(named=True)} for name in names
    }
    found = {name: verdict(shape) for name, shape in shapes.items()}
    right = [name for name, said in found.items() if said == wanted]
    decision = "agrees" if len(right) == len(found) else "differs" if not right else "in part"
    ours = f"{len(right)} of {len(found)}: {', '.join(right) or 'none'}"
    apart = [
        f"{name} (within regions {points(shapes[name]['within_regions']['median'])}, within communities "
        f"{points(shapes[name]['within_communities']['median'])})"
        for name in found
        if name not in right
    ]
    why = (
        f"not {', '.join(apart)}. World regions and the baseline's communities are two yardsticks: what moves "
        "trade away from a distant supplier can make it more regional and still break up the community around it"
        if apart
        else ""
    )
    return claim, ours, decision, why


def _concentration(names: Sequence[str], network: pl.DataFrame) -> tuple[str, str, str, str]:
    rows = network.filter(
        pl.col("measure") == "export_hhi", pl.col("scenario").is_in(list(names)), pl.col("more_than_noise")
    )
    falls = rows.filter(pl.col("median") < 0)["scenario"].to_list()
    rises = rows.filter(pl.col("median") > 0)["scenario"].to_list()
    decision = "agrees" if not rises else "differs" if not falls else "in part"
    ours = f"falls by more than noise in {len(falls)} of {len(names)} scenarios, rises in {len(rises)}"
    why = (
        f"rises in {', '.join(rises)}: what takes buyers from smaller exporters leaves more to the largest"
        if rises
        else ""
    )
    return "concentration of exporters falls", ours, decision, why
