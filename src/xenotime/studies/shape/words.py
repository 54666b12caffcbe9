"""The study's tables in sentences, by chapter: every figure in them is read from a table, none is typed.

A level is set against what countries' sizes alone would give, and a course in time is called a trend only where both
calibrated tests reject; otherwise the words say that it is not told from noise.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import binom

from xenotime.networks import REGION_MEASURES
from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.story import listed, name
from xenotime.studies.words import dollars, percent

Tables = Mapping[str, pl.DataFrame]

TOP = 3
#: How a measure is written, and the unit of its slope over ten years.
FORMATS: Mapping[str, tuple[Callable[[float], str], Callable[[float], str]]] = {
    "fraction": (percent, lambda slope: f"{1000 * slope:+.1f} points in ten years"),
    "km": (lambda value: f"{value:,.0f} km", lambda slope: f"{10 * slope:+,.0f} km in ten years"),
    "": (lambda value: f"{value:.2f}", lambda slope: f"{10 * slope:+.2f} in ten years"),
    "ratio": (lambda value: f"{value:.2f}", lambda slope: f"{10 * slope:+.2f} in ten years"),
}
#: What is said of a measure: its name in a sentence.
SUBJECTS: Mapping[tuple[str, str], str] = {
    ("community", "modularity"): "the modularity of the communities",
    ("region", "within_share"): "the share of trade within continents",
    ("region", "mean_distance"): "the mean distance of trade",
    ("bloc", "within_share"): "the share of trade within blocs",
}


def against_null(tables: Tables, stage: str, by: str, measure: str, level: float) -> str:
    """Say what a measure was and is, what sizes alone would give, how often it lies beyond, and whether it moves."""
    rows = (
        tables["regionalisation"]
        .filter((pl.col("stage") == stage) & (pl.col("by") == by) & (pl.col("measure") == measure))
        .drop_nulls("value")
        .sort("year")
    )
    subject = SUBJECTS[by, measure]
    tested = rows.drop_nulls("p")
    if tested.is_empty():
        return f"{_first(subject)} is not defined or cannot be tested."
    written, _ = FORMATS[REGION_MEASURES[measure].unit]
    first, last = tested.row(0, named=True), tested.row(-1, named=True)
    text = f"{_first(subject)} is {written(last['value'])} in {last['year']}"
    if first["year"] != last["year"]:
        text += f" ({written(first['value'])} in {first['year']})"
    text += f"; sizes alone would give {written(last['null_mean'])}"
    if first["year"] != last["year"]:
        text += f" ({written(first['null_mean'])})"
    text += f". It is {_beyond(tested, level)}"
    moves = [_trend(tables["trends"], stage, by, measure, of) for of in ("value", "excess")]
    return f"{text}. {' '.join(move for move in moves if move)}".strip()


def beyond_luck(count: int, years: int, level: float) -> bool:
    """Whether so many of some years lie beyond a null as luck gives no more than once in a hundred times."""
    return bool(count > binom.ppf(0.99, years, level))


def _beyond(tested: pl.DataFrame, level: float) -> str:
    """Count the years beyond the null, and say whether luck gives as many."""
    above = tested.filter((pl.col("p") <= level) & (pl.col("value") > pl.col("null_mean"))).height
    below = tested.filter((pl.col("p") <= level) & (pl.col("value") < pl.col("null_mean"))).height
    if tested.height == 1:
        return f"{'above' if above else 'below'} that by more than noise" if above or below else "not told from that"
    luck = f"luck alone gives about {level * tested.height:.0f}"
    if not beyond_luck(above + below, tested.height, level):
        return f"beyond that in {above + below} of {tested.height} years, where {luck}: not told from noise"
    sides = [f"{words} that in {count}" for words, count in (("above", above), ("below", below)) if count]
    return f"{' and '.join(sides)} of {tested.height} years by more than noise ({luck})"


def _trend(trends: pl.DataFrame, stage: str, by: str, measure: str, of: str) -> str:
    rows = trends.filter(
        (pl.col("stage") == stage) & (pl.col("by") == by) & (pl.col("measure") == measure) & (pl.col("of") == of)
    )
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    subject = "Over the years it" if of == "value" else "Its excess over sizes"
    if row["trend"] is None:
        return "The years are too few to tell a trend." if of == "value" else ""
    tests = f"p = {_p(row['p'])}, Mann–Kendall p = {_p(row['mk_p'])}"
    if row["trend"] in ("rising", "falling"):
        slope = FORMATS[REGION_MEASURES[measure].unit][1](row["slope"]).replace("-", "−")
        moves = "rises" if row["trend"] == "rising" else "falls"
        return f"{subject} {moves}, {slope} ({tests})."
    return f"{subject} has no trend that is told from noise ({tests})."


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def homophily(tables: Tables, stage: str, level: float) -> str:
    """Say how many times more countries of one continent trade than size and distance give."""
    rows = tables["homophily"].filter(pl.col("stage") == stage).drop_nulls("times").sort("year")
    if rows.is_empty():
        return "Homophily beyond gravity cannot be estimated here."
    last = rows.row(-1, named=True)
    sure = rows.filter((pl.col("p") <= level) & (pl.col("homophily") > 0)).height
    # With few countries the estimate runs away: beyond a hundred its size says nothing more.
    times = f"{last['times']:.1f}" if last["times"] <= 100 else "over 100"
    noise = "" if last["p"] <= level else ", not told from noise"
    return (
        f"Beyond size and distance, countries of one continent trade {times} times as much with each "
        f"other as others in {last['year']} (p = {_p(last['p'])}{noise})"
        + (f"; it is more, and beyond noise, in {sure} of {rows.height} years." if rows.height > 1 else ".")
    )


def mediation(tables: Tables, stage: str, settings: ShapeSettings) -> str:
    """Say by which way goods reach the destination."""
    rows = tables["mediation"].filter((pl.col("stage") == stage) & pl.col("carried_share").is_not_null())
    ends = f"{name(settings.origin)} to {name(settings.destination)}"
    if rows.is_empty():
        return f"No trade from {ends} is recorded."
    years = rows["year"].unique().sort().to_list()
    direct = dict(rows.filter(pl.col("country") == settings.origin).select("year", "carried_share").iter_rows())
    first, last = years[0], years[-1]
    text = f"Of what goes from {ends}, {percent(direct[last])} goes directly in {last}"
    if len(years) > 1:
        low, high = min(direct.values()), max(direct.values())
        text += f" ({percent(direct[first])} in {first}; between {percent(low)} and {percent(high)} throughout)"
    best = rows.filter((pl.col("year") == last) & (pl.col("country") != settings.origin)).sort(
        ["carried_share", "country"], descending=[True, False]
    )
    led = [f"{name(c)} {percent(s)}" for c, s in best.select("country", "carried_share").head(TOP).iter_rows() if s > 0]
    text += f"; most of the rest by {listed(led)}" if led else "; no third country is seen to carry any"
    held = rows.filter(pl.col("country").is_in(settings.carriers))
    peaks = []
    for country in settings.carriers if len(years) > 1 else ():
        own = held.filter(pl.col("country") == country).sort("carried_share", descending=True)
        peak = own.row(0, named=True) if len(own) else None
        peaks.append(
            f"{name(country)} {percent(peak['carried_share'])} in {peak['year']}"
            if peak and peak["carried_share"] >= 0.0005
            else f"{name(country)} nothing that these data show"
        )
    return text + (f". Peaks: {listed(peaks)}." if peaks else ".")


def chokepoints(tables: Tables, stage: str) -> str:
    """Say who has the strongest grip, when, and on how many importers."""
    rows = tables["chokepoints"].filter((pl.col("stage") == stage) & (pl.col("rank") == 1)).sort("year")
    if rows.is_empty():
        return "No trade is recorded."
    spans: list[list[Any]] = []
    for year, country in rows.select("year", "country").iter_rows():
        if spans and spans[-1][0] == country:
            spans[-1][2] = year
        else:
            spans.append([country, year, year])
    held = listed([f"{name(c)} ({a}–{b})" if a != b else f"{name(c)} ({a})" for c, a, b in spans])
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    leader = name(last["country"])
    text = (
        f"Strongest grip on importers: {held}. In {last['year']} it "
        f"is {last['grip']:.2f} of 1, and {last['dependents']} countries buy half or more of their imports from "
        f"{leader}"
    )
    if first["year"] != last["year"]:
        text += f" ({first['grip']:.2f} and {first['dependents']} in {first['year']}, from {name(first['country'])})"
    if last["shortfall"] > 0:
        text += (
            f"; without {leader}, and with a quarter more from all others, {percent(last['shortfall'])} of trade would "
            "be missing"
        )
    return text + "."


def attack(tables: Tables, stage: str) -> str:
    """Say what is left without the countries with most trade, against as many at random."""
    curves = tables["attack"].filter(pl.col("stage") == stage)
    if curves.is_empty():
        return "There are no ties to attack."
    year = int(curves["year"].max())  # type: ignore[arg-type]
    now = curves.filter(pl.col("year") == year)
    left = {}
    for strategy in ("strength", "random"):
        curve = now.filter(pl.col("strategy") == strategy).sort("removed")
        left[strategy] = [
            float(np.interp(0.05, curve["removed"].to_numpy(), curve[column].to_numpy()))
            for column in ("largest_component", "trade_left")
        ]
    robustness = {
        (y, s): r for y, s, r in curves.select("year", "strategy", "robustness").unique().sort("year").iter_rows()
    }
    text = (
        f"Without the 5 % of countries with most trade, the largest component holds {percent(left['strength'][0])} of "
        f"all countries in {year}, and {percent(left['strength'][1])} of trade is left; without 5 % at random "
        f"{percent(left['random'][0])} and {percent(left['random'][1])}. Robustness (mean size of the largest "
        f"component, up to 0.5) is {robustness[year, 'strength']:.2f} against {robustness[year, 'random']:.2f} at "
        "random"
    )
    first = int(curves["year"].min())  # type: ignore[arg-type]
    if first != year:
        text += f"; {robustness[first, 'strength']:.2f} against {robustness[first, 'random']:.2f} in {first}"
    return text + "."


def crisis(tables: Tables, stage: str) -> str:
    """Say whose collapse takes most others with it, by threshold."""
    rows = tables["crisis"].filter(pl.col("stage") == stage)
    if rows.is_empty():
        return "No trade is recorded."
    parts = []
    for (threshold,), part in rows.sort("threshold").group_by("threshold", maintain_order=True):
        best = part.sort(["avalanche", "lost_share", "country"], descending=[True, True, False])
        most = best["avalanche"][0]
        as_many = best.filter(pl.col("avalanche") == most).height
        led = [f"{n} after {name(c)}" for c, n in best.select("country", "avalanche").head(TOP).iter_rows() if n]
        words = f"{most} after any of {as_many} countries" if as_many > TOP and most else listed(led)
        parts.append(f"{_whole(threshold)}: {words if most else 'none after any'}")
    first = rows.row(0, named=True)
    others = rows["country"].n_unique() - 1
    return (
        f"If a country loses all its trade, of {others} others there collapse in {first['year']}, by threshold: "
        f"{'; '.join(parts)}. "
        "The thresholds are judgements: read the range."
    )


def chain_crisis(tables: Tables, stages: Sequence[str], settings: ShapeSettings) -> tuple[str, ...]:
    """Say, for a collapse at each stage, what share of the trade of each later one goes, by threshold."""
    table = tables["chain_crisis"]
    said = []
    for start in stages[:-1]:
        rows = table.filter(pl.col("seed_stage") == start)
        if rows.is_empty():
            continue
        end = rows.filter(pl.col("stage") == stages[-1])
        usual = sorted(settings.thresholds)[len(settings.thresholds) // 2]
        widest = (
            end.filter(pl.col("threshold") == usual)
            .sort(["lost_share", "country"], descending=[True, False])
            .row(0, named=True)["country"]
        )
        parts = []
        for threshold in sorted(set(rows["threshold"].to_list())):
            one = rows.filter((pl.col("threshold") == threshold) & (pl.col("country") == widest))
            lost = dict(one.select("stage", "lost_share").iter_rows())
            named = listed([f"{percent(lost[s])} of {s}" for s in stages[stages.index(start) :] if s in lost])
            parts.append(f"{named} trade at a threshold of {_whole(threshold)}")
        said.append(
            f"A collapse at the {start} stage in {rows['year'][0]} does most {stages[-1]} harm where it begins in "
            f"{name(widest)}: it takes {'; '.join(parts)} (a maker stops where it loses more than "
            f"{_whole(settings.input_threshold)} of its inputs)."
        )
    return tuple(said)


def links(tables: Tables, stage: str) -> str:
    """Name the links that the network's paths can least do without."""
    rows = tables["links"].filter(pl.col("stage") == stage).sort("rank").head(TOP)
    if rows.is_empty():
        return "There are no ties."
    led = [
        f"{name(r['exporter'])} to {name(r['importer'])} ({percent(r['efficiency_lost'])} of efficiency, "
        f"{dollars(r['value_kusd']) if r['value_kusd'] >= 500 else 'under $1 m'})"
        for r in rows.iter_rows(named=True)
    ]
    return f"Paths can least do without {listed(led)} in {rows['year'][0]}: the pattern's view, which weighs no value."


def core(tables: Tables, stage: str) -> str:
    """Name the core, and say how well a core and a periphery describe the network."""
    rows = tables["core"].filter(pl.col("stage") == stage)
    if rows.is_empty():
        return "There are no ties."
    inside = rows.filter("in_core").sort(["partners", "country"], descending=[True, False])
    named = [name(c) for c in inside["country"].head(8)]
    rest = inside.height - len(named)
    fit = rows["core_fit"][0]
    fits = "cannot be said" if fit is None else f"is {fit:.2f} of 1"
    return (
        f"The core in {rows['year'][0]} holds {inside.height} of {rows.height} countries: "
        f"{listed([*named, f'{rest} more'] if rest else named)}. How well core and periphery describe the ties {fits}."
    )


EXPLAINS = {
    "same_region": "being on one continent",
    "ln_distance": "distance (per unit of its logarithm)",
    "ln_exports": "the exporter's size (per unit of its logarithm)",
    "earlier_tie": "a tie five years before",
}


def regression(tables: Tables, stage: str, level: float) -> str:
    """Say what goes with a tie, and what is not told from noise."""
    rows = tables["regression"].filter(pl.col("stage") == stage)
    if rows.is_empty():
        return "Too few countries trade for a regression of ties."
    sure, unsure = [], []
    for label, coefficient, p in rows.select("name", "coefficient", "p_value").iter_rows():
        if label == "intercept":
            continue
        if p <= level:
            points = f"{100 * coefficient:+.1f} points of probability".replace("-", "−")
            sure.append(f"{EXPLAINS[label]} ({points}, p = {_p(p)})")
        else:
            unsure.append(f"{EXPLAINS[label]} (p = {_p(p)})")
    text = (
        f"What goes with a tie among the {rows['countries'][0]} largest traders in {rows['year'][0]}: {listed(sure)}"
        if sure
        else (f"Nothing here goes with ties among the {rows['countries'][0]} largest traders in {rows['year'][0]}")
    )
    return text + (f"; not told from noise: {listed(unsure)}." if unsure else ".")


def _whole(share: float) -> str:
    return f"{100 * share:g} %"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
