"""The communities' story in words: who is together at the start, what happens by year, who changes sides, how sure."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from xenotime.networks import Communities
from xenotime.reference import country_names
from xenotime.studies.words import percent

#: Communities that never had this share of a year's turnover are counted, not told; the alluvial figure draws the line
#: at the same place.
LEAST_SHARE = 0.02
#: Countries named of a community, at most; and of those that changed, with the least mean share of turnover.
NAMED = 4
CHANGED, CHANGED_SHARE = 6, 0.01
#: Years at either end of which a country's usual community is taken.
ENDS = 3

BEGINS = {
    "birth": "a community about {own} begins",
    "split": "the community of {own} splits from that of {other} (it brings {share} of its turnover from there)",
    "return": "the community of {own} is seen again",
}
ENDS_SO = {
    "death": "the community of {own} ends",
    "merge": "the community of {own} merges into that of {other} ({share} of its turnover goes there)",
    "pause": "the community of {own} is out of sight for a while",
}


def name(iso3: str) -> str:
    """Return a country's short name, with its article where English wants one."""
    found = country_names().get(iso3, iso3)
    return f"the {found}" if found.startswith(("United ", "Netherlands", "Philippines")) else found


def listed(names: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shares(found: Communities, stage: str) -> pl.DataFrame:
    """Return the members of a stage with `share`, of their year's turnover."""
    held = found.members.filter(pl.col("stage") == stage)
    return held.with_columns(share=pl.col("value_kusd") / pl.col("value_kusd").sum().over("year"))


def sizes(found: Communities, stage: str) -> pl.DataFrame:
    """Return `year, community, share` of turnover, `leaders` (largest first), `countries`."""
    return (
        shares(found, stage)
        .sort(["year", "share", "country"], descending=[False, True, False])
        .group_by("year", "community", maintain_order=True)
        .agg(pl.col("share").sum(), pl.col("country").head(NAMED).alias("leaders"), pl.len().alias("countries"))
        .sort(["year", "share"], descending=[False, True])
    )


def story(found: Communities, certainty: pl.DataFrame, stage: str, noise: float) -> tuple[str, ...]:
    """Tell the communities of a stage.

    Parameters
    ----------
    found : Communities
    certainty : polars.DataFrame
        From `xenotime.studies.shape.measures.certainty`.
    stage : str
        With trade in at least one year.
    noise : float
        Standard deviation of the log of the errors behind `noise_stability`.
    """
    size = sizes(found, stage)
    years = size["year"].unique().sort().to_list()
    said = [_year(size, years[0])]
    if len(years) > 1:
        said += [_events(found, size, stage), *_changes(found, size, stage), _year(size, years[-1])]
    return (*said, _sure(certainty.filter(pl.col("stage") == stage), noise))


def _year(size: pl.DataFrame, year: int) -> str:
    now = size.filter(pl.col("year") == year)
    large, small = now.filter(pl.col("share") >= LEAST_SHARE), now.filter(pl.col("share") < LEAST_SHARE)
    parts = []
    for leaders, countries, share in large.select("leaders", "countries", "share").iter_rows():
        rest = countries - len(leaders)
        named = listed([name(iso3) for iso3 in leaders] + ([f"{rest} more"] if rest else []))
        parts.append(f"{named} ({percent(share)} of turnover)")
    count = f"{len(large)} communities" if len(large) > 1 else "one community"
    more = f" {len(small)} smaller beside {'them' if len(large) > 1 else 'it'}." if len(small) else ""
    return f"In {year} there {'are' if len(large) > 1 else 'is'} {count}: {'; '.join(parts)}.{more}"


def told(found: Communities, size: pl.DataFrame, stage: str) -> pl.DataFrame:
    """Return the events of a stage whose community had `LEAST_SHARE` of turnover when it began, or before it ended."""
    years = size["year"].unique().sort()
    before = dict(zip(years[1:].to_list(), years[:-1].to_list(), strict=True))
    turnover = dict(
        found.members.filter(pl.col("stage") == stage).group_by("year").agg(pl.col("value_kusd").sum()).iter_rows()
    )
    rows = found.events.filter(pl.col("stage") == stage)
    share = [
        value / turnover[year if event in BEGINS else before[year]]
        for year, event, value in rows.select("year", "event", "value_kusd").iter_rows()
    ]
    return rows.with_columns(pl.Series("of_turnover", share, dtype=pl.Float64)).filter(
        pl.col("of_turnover") >= LEAST_SHARE
    )


def _events(found: Communities, size: pl.DataFrame, stage: str) -> str:
    labels = dict(found.tracks.filter(pl.col("stage") == stage).select("community", "name").iter_rows())

    def of(community: int | None) -> str:
        label = labels.get(community, "")
        iso3, _, number = label.partition(" ")
        return name(iso3) + (f" ({number})" if number else "")

    by_year: dict[int, list[str]] = {}
    for row in told(found, size, stage).sort("year").iter_rows(named=True):
        words = (BEGINS | ENDS_SO)[row["event"]]
        share = "" if row["share"] is None else _part(row["share"])
        by_year.setdefault(row["year"], []).append(
            words.format(own=of(row["community"]), other=of(row["other"]), share=share)
        )
    if not by_year:
        return f"No community of {percent(LEAST_SHARE)} of turnover or more begins or ends in these years."
    return (
        "What happened to communities: "
        + "; ".join(f"{year}: {', '.join(what)}" for year, what in sorted(by_year.items()))
        + "."
    )


def _part(share: float) -> str:
    return "all" if share > 1 - 1e-9 else "nearly all" if share >= 0.995 else percent(share)


def _changes(found: Communities, size: pl.DataFrame, stage: str) -> list[str]:
    """Say which large countries ended in another community than they began in, of those that live throughout."""
    held = shares(found, stage)
    years = held["year"].unique().sort().to_list()
    labels = dict(found.tracks.filter(pl.col("stage") == stage).select("community", "name").iter_rows())
    alive = set(size.filter(pl.col("year") == years[0])["community"]) & set(
        size.filter(pl.col("year") == years[-1])["community"]
    )
    passed = []
    for (country,), part in held.sort("year").group_by("country", maintain_order=True):
        share = float(part["share"].sum()) / len(years)
        path = dict(part.select("year", "community").iter_rows())
        ends = [_usual([path[y] for y in when if y in path]) for when in (years[:ENDS], years[-ENDS:])]
        if share < CHANGED_SHARE or None in ends or ends[0] == ends[1] or not set(ends) <= alive:
            continue
        last = (
            max(y for y in years if y in path and path[y] != ends[1]) if set(path.values()) != {ends[1]} else years[0]
        )
        year = min(y for y in years if y > last and y in path) if last < years[-1] else last
        origin, end = (name(labels[community].split(" ")[0]) for community in ends)
        passed.append((share, f"{name(country)} from that of {origin} to that of {end} (there since {year})"))
    best = [words for _, words in sorted(passed, reverse=True)[:CHANGED]]
    return [f"Countries that changed community, largest first: {'; '.join(best)}."] if best else []


def _usual(communities: Sequence[int]) -> int | None:
    return max(sorted(set(communities)), key=list(communities).count) if communities else None


def _sure(certainty: pl.DataFrame, noise: float) -> str:
    mean = {
        column: float(np.mean(certainty[column].to_numpy()))
        for column in ("agreement", "stability", "noise_stability", "flow_communities", "flow_alike")
    }
    return (
        f"How sure: repeated searches agree (adjusted Rand index {mean['agreement']:.2f}, stability "
        f"{mean['stability']:.2f} of 1, weighted by turnover); with errors of {percent(noise)} on every flow stability "
        f"is {mean['noise_stability']:.2f}. A second method, the map equation, finds {mean['flow_communities']:.0f} "
        f"communities a year, small ones included, and places {percent(mean['flow_alike'])} of pairs of "
        "countries, weighted by turnover, as here."
    )
