"""The trade study: from the store to yearly networks by stage, their indicators, and what they say in words.

Follows the descriptive part of Liu et al. 2025 (Sustainability 17(11) 4881): networks of dependence by stage, density,
degree, clustering, path length, centrality and concentration, year by year. It estimates nothing and draws nothing.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import xarray as xr

from xenotime import networks, reference
from xenotime.core import DataWarning, InputError, Provenance
from xenotime.networks.rules import select_ties
from xenotime.studies.settings import TradeSettings
from xenotime.studies.words import caveats, findings, headline

if TYPE_CHECKING:
    from xenotime.store import Store


@dataclass(frozen=True)
class TradeStudy:
    """What the trade study found. Never changes; `xenotime.report.write` turns it into a page.

    Attributes
    ----------
    chain, title, staging : str
        The mineral, its name for people, and how headings were sorted into stages.
    stages, stage_titles : tuple of str
        Stages with data, from mine to magnet, and the goods of each in words.
    years : tuple of int
        Calendar years.
    trade : xarray.Dataset
        `value_kusd`, `quantity_t`, `status` over (stage, year, exporter, importer).
    ties : xarray.DataArray
        Ties of dependence (bool), same axes, in the direction of the goods.
    rule, rule_formula : str
        How ties were drawn from flows.
    indicators : polars.DataFrame
        stage, year, country (null = world), indicator, value.
    headline : str
        One sentence.
    findings, caveats : tuple of str
        What holds, and what to know before quoting it.
    provenance : tuple of Provenance
        The sources behind it.
    reconstructed : bool
        True where the numbers are simulated from facts and were never observed.
    """

    chain: str
    title: str
    staging: str
    stages: tuple[str, ...]
    stage_titles: tuple[str, ...]
    years: tuple[int, ...]
    trade: xr.Dataset
    ties: xr.DataArray
    rule: str
    rule_formula: str
    indicators: pl.DataFrame
    headline: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...]
    provenance: tuple[Provenance, ...]
    reconstructed: bool

    def __str__(self) -> str:
        lines = [self.headline, "", *(f"- {finding}" for finding in self.findings)]
        if self.caveats:
            lines += ["", "Before quoting this:", *(f"- {caveat}" for caveat in self.caveats)]
        return "\n".join(lines)

    def to_frame(self) -> pl.DataFrame:
        """Return the indicators: stage, year, country (null = world), indicator, value."""
        return self.indicators


def trade(
    store: "Store",
    chain: str | None = None,
    *,
    stages: str | None = None,
    years: Iterable[int] | None = None,
    rule: str | None = None,
    parameters: dict[str, float] | None = None,
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
    settings: TradeSettings | None = None,
) -> TradeStudy:
    """Build the yearly trade networks of a chain, measure them, and say what they show.

    Parameters
    ----------
    store : Store
        Opened with `xenotime.open_store`, or `xenotime.demo_store()`.
    chain : str, optional
        A name in ``reference.chains()`` or the path of a chain file; default rare earths.
    stages : str, optional
        A staging of the chain (``"published"``, ``"by_origin"``, ``"fine"`` for rare earths).
    years : iterable of int, optional
        Default: every year the store holds.
    rule, parameters
        Dependence rule (a name in ``networks.RULES``) and its parameters.
    source, version, hs_version : str, optional
        Which data to use where the store holds several; they are never mixed.
    settings : TradeSettings, optional
        Defaults for all of the above, as read from a file.

    Raises
    ------
    InputError
        Unknown chain, staging, rule or year; several sources fit and none was chosen.
    """
    chosen = settings or TradeSettings.read()
    chain = chain or chosen.chain
    staging = stages or chosen.stages
    the_chain = reference.chain(chain)
    wanted = None if years is None else sorted(set(years))
    selection: dict[str, Any] = {"source": source, "version": version, "hs_version": hs_version}
    flows = store.flows(chain=chain, stages=staging, years=wanted, **selection)
    if flows.is_empty():
        raise InputError(
            f"the store holds no flows of {the_chain.title}",
            where=str(store),
            remedy="ingest a file that covers these HS codes: " + ", ".join(the_chain.codes(staging)),
        )
    drawn = rule or chosen.rule
    given = parameters if parameters is not None else (chosen.parameters if drawn == chosen.rule else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the study says them as caveats
        cube = networks.build(flows, the_chain, stages=staging, years=wanted)
        ties, notes = select_ties(cube, drawn, **given)
        measured = networks.indicators(cube, ties)
    reconstructed = bool(cube.attrs["reconstructed"])
    titles = {stage.name: stage.title for stage in the_chain.staging(staging).stages}
    return TradeStudy(
        chain=the_chain.name,
        title=the_chain.title,
        staging=str(cube.attrs["staging"]),
        stages=tuple(str(stage) for stage in cube["stage"].values),
        stage_titles=tuple(titles[str(stage)] for stage in cube["stage"].values),
        years=tuple(int(y) for y in cube["year"].values),
        trade=cube,
        ties=ties,
        rule=drawn,
        rule_formula=str(ties.attrs["formula"]),
        indicators=measured,
        headline=headline(cube, titles, reconstructed=reconstructed),
        findings=findings(cube, ties, titles),
        caveats=caveats(cube, notes, reconstructed=reconstructed),
        provenance=store.provenance(flows),
        reconstructed=reconstructed,
    )
