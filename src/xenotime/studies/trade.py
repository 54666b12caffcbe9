"""The trade study: from the store to yearly networks by stage, their indicators, and what they say in words.

Follows the descriptive part of Liu et al. 2025 (Sustainability 17(11) 4881): networks of dependence by stage, density,
degree, clustering, path length, centrality and concentration, year by year. It estimates nothing and draws nothing.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
import xarray as xr

from xenotime import networks, reference
from xenotime.core import DataWarning, InputError, Provenance
from xenotime.core.version import __version__
from xenotime.networks.rules import select_ties
from xenotime.studies.selection import one_vintage, stage_titles
from xenotime.studies.settings import TradeSettings
from xenotime.studies.words import caveats, findings, headline, told

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
    rule, rule_formula, rule_parameters
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
    sorting : dict
        The staging as the chain describes it: reason, stages, what each heading holds (`reference.Staging`).
    snapshot, package_version : str
        State of the store it read, and the package that computed it.
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
    rule_parameters: Mapping[str, Any] = field(default_factory=dict)
    sorting: Mapping[str, Any] = field(default_factory=dict)
    snapshot: str = ""
    package_version: str = __version__

    def __str__(self) -> str:
        return told(self.headline, self.findings, self.caveats)

    def to_frame(self) -> pl.DataFrame:
        """Return the indicators: stage, year, country (null = world), indicator, value."""
        return self.indicators


def trade(
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
    years : int or iterable of int, optional
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
    wanted = _years(years)
    flows, remarks = one_vintage(store, the_chain, staging, wanted, source, version, hs_version)
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
    titles = stage_titles(the_chain, staging, flows)
    sources = store.provenance(flows)
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
        caveats=caveats(cube, [*remarks, *notes], sources),
        provenance=sources,
        reconstructed=reconstructed,
        rule_parameters=dict(ties.attrs["parameters"]),
        sorting=the_chain.staging(staging).model_dump(mode="json"),
        snapshot=store.snapshot_id,
    )


def _years(years: Iterable[int] | int | None) -> list[int] | None:
    if years is None:
        return None
    wanted = [years] if isinstance(years, int) else list(years)
    odd = [year for year in wanted if not isinstance(year, int) or isinstance(year, bool)]
    if odd or not wanted:
        raise InputError(
            f"years are {odd[0]!r}" if odd else "no year is asked for",
            where="studies.trade, years",
            remedy="give whole years: years=range(2002, 2025)",
        )
    return sorted(set(wanted))
