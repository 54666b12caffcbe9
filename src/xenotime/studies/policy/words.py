"""Numbers of the policy study into sentences: every figure in them is computed, none is typed."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from xenotime.core import Provenance
from xenotime.studies.policy.calibration import Calibration
from xenotime.studies.policy.numbers import country, in_sentence, money, percent, signed, span

PARAMETERS = {
    "substitution": "the elasticity of substitution",
    "demand": "the elasticity of demand",
    "supply": "the elasticity of supply",
}

#: Verdicts on a published claim, in a sentence.
VERDICTS = {"agrees": "the same", "differs": "not so", "in part": "in part"}

#: A change of a share below this is written as none: half of the last digit of a point that `signed` shows.
LEAST = 5e-5

#: Scenarios named in a sentence, at most.
NAMED = 3


def _title(row: dict[str, object]) -> str:
    title = str(row["title"])
    return f"“{title}”"


def headline(compared: pl.DataFrame, markets: Sequence[Calibration], level: float) -> str:
    """One sentence: which scenario cuts trade most, which adds most."""
    rows = compared.drop_nulls("quantity").sort("quantity")
    opening = "In the reconstructed world, " if any(base.reconstructed for base in markets) else ""
    if rows.is_empty():
        return f"{opening}no scenario was solved."
    about = in_sentence(markets[0].goods if len(markets) == 1 else markets[0].title)
    worst, best = rows.row(0, named=True), rows.row(-1, named=True)
    if len(rows) == 1:
        text = f"{_title(worst)} changes the world quantity of {about} by {_with_interval(worst, level)}"
    else:
        parts = []
        if worst["quantity"] < 0:
            parts.append(f"{_title(worst)} cuts world quantity most, {_with_interval(worst, level)}")
        if best["quantity"] > 0:
            shown = signed(best["quantity"]) if parts else _with_interval(best, level)
            parts.append(f"{_title(best)} adds most{'' if parts else ' to world quantity'}, {shown}")
        text = f"of {len(rows)} scenarios for {about}, {'; '.join(parts) or 'none changes world quantity'}"
    text = opening + text + "."
    return text[0].upper() + text[1:]


def _with_interval(row: Mapping[str, Any], level: float) -> str:
    interval = span(row["quantity_low"], row["quantity_high"])
    return f"{signed(row['quantity'])} ({percent(level)} interval {interval})"


def findings(
    compared: pl.DataFrame,
    network: pl.DataFrame,
    drivers: pl.DataFrame,
    signs: pl.DataFrame,
    claims: pl.DataFrame,
    idle: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    """Return sentences on bases, winners and losers, regionalisation, mediation, drivers, expected signs and claims.

    `idle` has, by scenario, the reasons why its instruments change nothing; none where its limits do not bind.
    """
    said = [
        f"{row['title']} ({row['market']}): quantity {signed(row['quantity'])} "
        f"({span(row['quantity_low'], row['quantity_high'])}), producer value {signed(row['producer_value'])}, "
        f"border value {signed(row['border_value'])}; {_winners(row)}."
        for row in compared.drop_nulls("quantity").sort("quantity").head(3).iter_rows(named=True)
    ]
    unmoved = compared.filter(pl.col("quantity_low") == 0, pl.col("quantity_high") == 0)["scenario"].to_list()
    if unmoved:
        why = [f"{name} ({'; '.join(idle.get(name, ())) or 'its limits do not bind'})" for name in unmoved]
        said.append(f"Changing nothing here: {', '.join(why)}.")
    said.append(_regional(compared))
    said.append(_mediated(compared, network))
    leading = drivers.filter(pl.col("outcome") == "quantity").drop_nulls("first_order")
    if len(leading):
        mean = leading.group_by("parameter").agg(pl.col("first_order").mean()).sort("first_order", descending=True)
        parts = [f"{PARAMETERS[name]} {percent(share)}" for name, share in mean.iter_rows()]
        said.append(f"What drives world quantity, mean first-order share over scenarios: {', '.join(parts)}.")
    if len(signs):
        held = int(signs["holds"].sum())
        failing = signs.filter(~pl.col("holds"))
        text = f"{held} of {len(signs)} expected signs hold at central elasticities"
        if len(failing):
            first = failing.row(0, named=True)
            text += (
                f"; not, for one, {first['quantity']} in {first['scenario']}: {first['expected']}, it was said, and it "
            )
            text += "is unchanged" if first["found"] == "unchanged" else str(first["found"])
        said.append(f"{text}.")
    said += [
        f"Published: {row['claim']}. Here: {VERDICTS[row['verdict']]}; {row['ours']}."
        for row in claims.iter_rows(named=True)
    ]
    return tuple(said)


def _winners(row: dict[str, object]) -> str:
    parts = []
    for side, verb in (("winner", "gains most"), ("loser", "loses most")):
        if row[side] is not None:
            parts.append(f"{country(str(row[side]))} {verb} ({money(float(str(row[f'{side}_kusd'])))})")
    return ", ".join(parts) or "no country gains or loses"


def _regional(compared: pl.DataFrame) -> str:
    """Which scenarios make trade more regional, or less, by more than noise, and by how much."""
    parts = []
    told = compared.drop_nulls("regionalisation")
    for name, verbs in (
        ("regional", ("makes trade more regional", "make trade more regional")),
        ("global", ("makes it less so", "make it less so")),
        ("mixed", ("points both ways", "point both ways")),
        ("unclear", ("leaves it within noise", "leave it within noise")),
    ):
        rows = told.filter(regionalisation=name).sort(
            pl.max_horizontal(pl.col("within_regions", "within_communities").abs()), descending=True
        )
        which = [
            f"{who} {_points(regions)} and {_points(communities)}"
            for who, regions, communities in rows.select("scenario", "within_regions", "within_communities").iter_rows()
        ]
        if which:
            text = f"{len(rows)} {verbs[len(rows) > 1]}"
            parts.append(text if name == "unclear" else f"{text} ({_first(which)})")
    return (
        f"Regionalisation, of {_scenarios(len(told))}, with the change of trade within world regions and within the "
        f"baseline's communities in points: {'; '.join(parts) or 'none has an answer'}."
    )


def _first(names: Sequence[str]) -> str:
    """Return the first of a list in words, and how many more there are."""
    rest = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + rest


def _scenarios(count: int) -> str:
    return "1 scenario" if count == 1 else f"{count} scenarios"


def _mediated(compared: pl.DataFrame, network: pl.DataFrame) -> str:
    """Which scenarios change who carries Chinese goods to the United States, by how much, and who carries most."""
    told = compared.drop_nulls("mediation")
    parts = []
    for name, verb in (("more", "less of them directly"), ("less", "more of them directly")):
        rows = told.filter(mediation=name).sort(pl.col("china_us_direct").abs(), descending=True)
        if len(rows):
            which = [f"{who} {_points(by)}" for who, by in rows.select("scenario", "china_us_direct").iter_rows()]
            parts.append(f"{len(rows)} {'brings' if len(rows) == 1 else 'bring'} {verb} ({_first(which)})")
    said = [
        f"Chinese goods in the United States, of {_scenarios(len(told))} by more than noise, change of the direct "
        f"share in points: {'; '.join(parts) or 'none'}"
    ]
    carried = network.filter(pl.col("measure") == "china_us_carried", pl.col("more_than_noise"))
    if len(carried):
        row = carried.sort(pl.col("median").abs()).row(-1, named=True)
        said.append(
            "What Japan, Malaysia and Viet Nam carry together changes most in "
            f"{row['scenario']}, from {percent(row['before'])} to {percent(row['after'])}"
        )
    counted = told.drop_nulls("mediator").group_by("mediator").len().sort(["len", "mediator"], descending=[True, False])
    if len(counted):
        most = [f"{country(name)} in {count}" for name, count in counted.iter_rows()]
        said.append(f"The largest carrier after the policy is {', '.join(most)}")
    untold = compared.filter(pl.col("mediation").is_null() & pl.col("quantity").is_not_null())["scenario"].to_list()
    if untold:
        said.append(f"Not told, since none arrive or either country is not in the market: {', '.join(untold)}")
    return f"{'. '.join(said)}."


def _points(change: float) -> str:
    return "0" if abs(change) < LEAST else signed(change).removesuffix(" %")


def caveats(
    markets: Sequence[Calibration],
    scenarios: pl.DataFrame,
    left_out: pl.DataFrame,
    alternatives: pl.DataFrame,
    sources: Sequence[Provenance],
    spread: float,
) -> tuple[str, ...]:
    """What a reader should know before quoting: what is assumed, what failed, what was left out."""
    said = []
    if any(base.reconstructed for base in markets):
        said.append("Reconstructed, not observed: no figure here is evidence about a country.")
    said += [f"{p.title or p.source} {p.version}: {p.note}" for p in sources if p.note]
    for base in markets:
        rows = {what: value for what, value, _ in base.assumptions.iter_rows()}
        said.append(
            f"{base.key}: own trade {rows['own trade'].removeprefix('own trade ')}; tariffs {rows['tariffs']}; "
            f"trade rests on {rows['tariffs rest on']}; "
            f"{len(base.adjustments)} adjustments to flows."
        )
    said.append(
        "One good, one period: no new links, no chain from mine to magnet, no recycling, no incomes that follow trade. "
        + (
            f"Elasticities of each country are drawn around a common value (standard deviation {spread:g} in logs)."
            if spread
            else "Elasticities are drawn alike for all countries."
        )
    )
    failed = scenarios.filter(pl.col("failed") > 0)
    total = float((scenarios["failed"] * scenarios["draws"]).sum())
    if len(failed):
        worst = failed.sort("failed", descending=True).row(0, named=True)
        said.append(
            f"{total:.0f} of {int(scenarios['draws'].sum())} solves have no answer and are in no interval; most in "
            f"{worst['scenario']} ({percent(worst['failed'])} of its draws)."
        )
    else:
        said.append(f"All {int(scenarios['draws'].sum())} solves have an answer.")
    banned = scenarios.filter(pl.col("nest") == "aces")["scenario"].to_list()
    if banned:
        said.append(_bans(banned, alternatives))
    noted = scenarios.filter(pl.col("notes") != "")
    said += [f"{row['scenario']}: {row['notes']}." for row in noted.iter_rows(named=True)]
    if len(left_out):
        said.append(f"Left out: {', '.join(f'{name} ({why})' for name, why in left_out.iter_rows())}.")
    return tuple(said)


def _bans(names: Sequence[str], alternatives: pl.DataFrame) -> str:
    compared = []
    for name in names:
        rows = {row["alternative"]: row["quantity"] for row in alternatives.filter(scenario=name).iter_rows(named=True)}
        ces, aces = rows.get("bans under CES"), rows.get("as in the study")
        if ces is not None and aces is not None:
            compared.append(f"{name} {signed(aces)} against {signed(ces)}")
    text = (
        f"Bans ({', '.join(names)}) are solved with ACES demand, in which tonnes add up: near an elasticity of one, CES"
    )
    text += " lets prices explode."
    if compared:
        text += f" World quantity under ACES and CES at central elasticities: {', '.join(compared)}."
    return text
