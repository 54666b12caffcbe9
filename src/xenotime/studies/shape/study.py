"""The shape study: communities and their story, regional or global, who stands between whom, what breaks.

The network half of Han et al. 2025 (iScience, doi 10.1016/j.isci.2025.113658) asked of observed trade: what is measured
is documented in docs/communities.md, docs/regionalisation.md, docs/mediation.md and docs/resilience.md. It draws
nothing.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError, Provenance
from xenotime.networks import Communities
from xenotime.networks.rules import select_ties
from xenotime.schema import Status
from xenotime.studies.shape import words
from xenotime.studies.shape.changes import changes
from xenotime.studies.shape.changes import sentences as told
from xenotime.studies.shape.measures import last_years, measured
from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.story import listed, name, sizes, story
from xenotime.studies.trade import TradeStudy, trade
from xenotime.studies.words import percent
from xenotime.studies.words import told as in_words

if TYPE_CHECKING:
    from xenotime.store import Store

#: Chapters in the order of the page; each has sentences by stage.
CHAPTERS = (
    "communities", "noise", "regions", "mediation", "chokepoints", "attack", "crisis", "links", "core", "regression",
    "changes",
)  # fmt: skip
#: Chapters whose sentences on the stage furthest downstream are the findings.
FOUND = ("noise", "regions", "mediation", "chokepoints", "attack", "crisis", "changes")


@dataclass(frozen=True)
class ShapeStudy:
    """What the shape study found. Never changes; `xenotime.report.write` turns it into a page.

    Attributes
    ----------
    networks : TradeStudy
        The networks it is of: cube, ties, rule, sources.
    communities : Communities
        Who trades mostly with whom, followed through the years.
    tables : mapping of str to polars.DataFrame
        ``certainty, regionalisation, trends, homophily, mediation, chokepoints, world, attack, crisis, chain_crisis,
        links, core, regression, changes``; docs/shape-study.md says what each holds.
    words : mapping of str to mapping of str to tuple of str
        Sentences by chapter and stage.
    headline : str
    findings, caveats : tuple of str
    settings : ShapeSettings
        What it was told.
    """

    networks: TradeStudy
    communities: Communities
    tables: Mapping[str, pl.DataFrame]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    headline: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...]
    settings: ShapeSettings

    @property
    def title(self) -> str:
        """The mineral's name for people."""
        return self.networks.title

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages with trade, from mine to magnet."""
        return tuple(last_years(self.networks.trade))

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years."""
        return self.networks.years

    @property
    def reconstructed(self) -> bool:
        """Whether the numbers are simulated from facts and were never observed."""
        return self.networks.reconstructed

    @property
    def provenance(self) -> tuple[Provenance, ...]:
        """The sources behind it."""
        return self.networks.provenance

    def __str__(self) -> str:
        return in_words(self.headline, self.findings, self.caveats)


def shape(
    store: "Store",
    chain: str | None = None,
    *,
    stages: str | None = None,
    years: Iterable[int] | int | None = None,
    rule: str | None = None,
    parameters: dict[str, float] | None = None,
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
    settings: ShapeSettings | None = None,
) -> ShapeStudy:
    """Measure the shape of a chain's trade year by year, and say what of it is more than noise.

    Parameters
    ----------
    store : Store
        Opened with `xenotime.open_store`, or `xenotime.demo_store()`.
    chain, stages, years, rule, parameters, source, version, hs_version
        As in `xenotime.studies.trade`.
    settings : ShapeSettings, optional
        Everything else: runs, nulls, blocs, whose trade is followed, thresholds, seed.

    Raises
    ------
    InputError
        As `xenotime.studies.trade`; also where no stage has any trade, or a bloc is not known.
    """
    chosen = settings or ShapeSettings.read()
    base = trade(
        store, chain or chosen.chain, stages=stages or chosen.stages, years=years, rule=rule or chosen.rule,
        parameters=parameters if parameters is not None or rule is not None else chosen.parameters,
        source=source, version=version, hs_version=hs_version,
    )  # fmt: skip
    held = last_years(base.trade)
    if not held:
        raise InputError("no stage has any trade in these years", where="studies.shape", remedy="choose other years")
    which = {"source": source, "version": version, "hs_version": hs_version}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # unknown trade is among the caveats, once
        found, tables = measured(base.trade, base.ties, chosen)
        tables["changes"] = changes(base.trade, _rule_of(base), chosen, store, which)
    said = sentences(base, found, tables, chosen)
    return ShapeStudy(
        networks=base,
        communities=found,
        tables=tables,
        words=said,
        headline=headline(base, found, tables, chosen),
        findings=findings(said, list(held)),
        caveats=caveats(base, found, tables, chosen),
        settings=chosen,
    )


def _rule_of(base: TradeStudy) -> Callable[[xr.Dataset], xr.DataArray]:
    """Return the study's own rule of ties, for networks other than its own."""
    parameters = dict(base.ties.attrs["parameters"])
    return lambda trade: select_ties(trade, base.rule, **parameters)[0]


def sentences(
    base: TradeStudy, found: Communities, tables: Mapping[str, pl.DataFrame], settings: ShapeSettings
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what each chapter says of each stage; a crisis down the chain is told under the stage where it begins."""
    held = list(last_years(base.trade))
    said: dict[str, dict[str, tuple[str, ...]]] = {chapter: {} for chapter in CHAPTERS}
    level = settings.level
    for stage in held:
        said["communities"][stage] = story(found, tables["certainty"], stage, settings.noise)
        said["noise"][stage] = (words.against_null(tables, stage, "community", "modularity", level),)
        said["regions"][stage] = (
            words.against_null(tables, stage, "region", "within_share", level),
            words.against_null(tables, stage, "region", "mean_distance", level),
            words.against_null(tables, stage, "bloc", "within_share", level),
            words.homophily(tables, stage, level),
        )
        said["mediation"][stage] = (words.mediation(tables, stage, settings),)
        said["chokepoints"][stage] = (words.chokepoints(tables, stage),)
        said["attack"][stage] = (words.attack(tables, stage),)
        said["crisis"][stage] = (words.crisis(tables, stage),)
        said["links"][stage] = (words.links(tables, stage),)
        said["core"][stage] = (words.core(tables, stage),)
        said["regression"][stage] = (words.regression(tables, stage, level),)
        said["changes"][stage] = told(tables["changes"], stage, settings)
    for stage, sentence in zip(held, words.chain_crisis(tables, held, settings), strict=False):
        said["crisis"][stage] = (*said["crisis"][stage], sentence)
    return said


def headline(base: TradeStudy, found: Communities, tables: Mapping[str, pl.DataFrame], settings: ShapeSettings) -> str:
    """One sentence: the communities of the stage furthest downstream in its last year, and whether they are clear."""
    stage, year = list(last_years(base.trade).items())[-1]
    goods = dict(zip(base.stages, base.stage_titles, strict=True))[stage]
    large = sizes(found, stage).filter((pl.col("year") == year) & (pl.col("share") >= 0.02))
    led = [
        f"one about {name(leaders[0])} ({percent(share)})"
        for leaders, share in large.select("leaders", "share").iter_rows()
    ]
    many = (
        f"falls into {len(large)} communities, {listed(led)}"
        if len(led) > 1
        else f"is one community about {name(large['leaders'][0][0])}"
    )
    rows = tables["regionalisation"].filter((pl.col("stage") == stage) & (pl.col("by") == "community")).drop_nulls("p")
    above = rows.filter((pl.col("p") <= settings.level) & (pl.col("value") > pl.col("null_mean")))
    clear = ""
    if year in rows["year"]:
        usual = words.beyond_luck(above.height, rows.height, settings.level) if rows.height > 1 else above.height > 0
        told = usual and year in above["year"]
        clear = (
            ", clearer than countries' sizes alone would make them"
            if told
            else ", not told from what countries' sizes alone would give"
        )
    lead = "Reconstructed, not observed: t" if base.reconstructed else "T"
    return f"{lead}rade in {goods[:1].lower()}{goods[1:]} {many} in {year}{clear}."


def findings(said: Mapping[str, Mapping[str, tuple[str, ...]]], held: list[str]) -> tuple[str, ...]:
    """Return the story's turns and the first sentence of the main chapters, of the stage furthest downstream."""
    stage = held[-1]
    chain = [s for start in held[:-1] for s in said["crisis"][start][1:]]
    return (*said["communities"][stage][1:-1], *(said[chapter][stage][0] for chapter in FOUND), *chain)


def caveats(
    base: TradeStudy, found: Communities, tables: Mapping[str, pl.DataFrame], settings: ShapeSettings
) -> tuple[str, ...]:
    """What to know before quoting, beside what the trade study says of the data."""
    cut = bool((base.trade["status"] == Status.CUT).any())
    said = list(base.caveats)
    rand = tables["certainty"]["flow_rand"].mean()
    said.append(
        "Communities are a matter of large flows. Small countries, which trade little with anyone, are placed less "
        "surely: read a country's stability beside it"
        + (
            f" (counting every country alike, the second method agrees by an adjusted Rand index of {rand:.2f})."
            if isinstance(rand, float)
            else "."
        )
    )
    if cut:
        said.append(
            "An extract of large flows shows small carriers as zero, and takes pairs that it does not list for no "
            "trade: shares of carriers, homophily and counts of what a network loses are those of the extract."
        )
    said.append(
        "Who carries is inferred, not observed: what a country exports is taken for the same mix as all it disposes "
        "of. Countries that make and use at home carry less than this says."
    )
    said.append(
        "In a crisis a country's capacity is its own trade in the product; what it makes and uses at home is in no "
        "trade table, so makers that are supplied at home look more fragile than they are."
    )
    if len(tables["changes"]):
        said.append(
            "Before and after: a scenario is set against the range of the elasticities alone, and its base is the "
            "market's, with re-exports taken back to where they came from (docs/policy-study.md)."
            if settings.scenario
            else "Before and after: two years are set against errors of reporting alone, which make no new flows and "
            "are taken for independent; figures are means over draws of such errors, so they differ a little from "
            "those of the chapters above. Years differ by more than that; a trend is told by the tests of trends. "
            "Communities of before fit the year they were found in: part of what trade within them loses is of that "
            "making."
        )
    count = tables["trends"].filter(pl.col("trend").is_not_null()).height
    if count:
        said.append(
            f"{count} series were tested for a trend at {100 * settings.level:g} %; of so many without one, about "
            f"{settings.level * count:.0f} would be found by luck."
        )
    said.append(
        f"Nulls: {settings.nulls} networks drawn by stage and year that keep countries' exports, imports and numbers "
        f"of partners, so p cannot be below {1 / (1 + settings.nulls):.3f}; in each, communities are sought anew."
    )
    return tuple(said)
