"""The policy study: baseline network, scenario networks, and what changed, with a range for every number.

Follows the questions of Han et al. 2025 (iScience, doi 10.1016/j.isci.2025.113658): the Global Simulation Model with
network analysis before and after. It does not reproduce their tables: their data, elasticities and lists of countries
cannot be read. What it adds is the range over elasticities that they leave fixed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from xenotime.core import Provenance, progress
from xenotime.core.version import __version__
from xenotime.scenarios import Scenario
from xenotime.studies.policy import bases, tables
from xenotime.studies.policy import elasticities as draws_of
from xenotime.studies.policy.alternatives import alternatives
from xenotime.studies.policy.cases import Asked, Case, called, cases
from xenotime.studies.policy.claims import claims
from xenotime.studies.policy.comparison import comparison
from xenotime.studies.policy.measures import Frame
from xenotime.studies.policy.settings import PolicySettings
from xenotime.studies.policy.solve import Solved, solve
from xenotime.studies.policy.words import caveats, findings, headline
from xenotime.studies.words import told

if TYPE_CHECKING:
    from xenotime.store import Store


@dataclass(frozen=True, eq=False)
class PolicyStudy:
    """What the policy study found. Never changes; `xenotime.report.write` turns it into a page.

    Changes are fractions of the base unless a unit is given. `median`, `low`, `high` are over draws of the
    elasticities, `same_sign` the share of draws with the median's sign, `more_than_noise` says that the interval leaves
    out zero.

    Attributes
    ----------
    chain, title : str
    markets : polars.DataFrame
        The base of each stage and year: `market, stage, year, staging, goods, countries, trade_kusd, own_share` (own
        trade over all sales; 0 where it is absent).
    assumptions, adjustments, elasticities, base : polars.DataFrame
        What each market rests on (`market, what, value, source`), what was done to its flows, the range of each
        elasticity, and its flows (`market, exporter, importer, value_kusd, tariff`, own trade included).
    scenarios : polars.DataFrame
        `scenario, title, market, nest, draws, failed` (share of draws without an answer), `notes, source`.
    comparison : polars.DataFrame
        One row a scenario: trade on three bases, concentration, density, strength, modularity, regionalisation,
        mediation between China and the United States, welfare, winner, loser, driver.
    world, network, mediation, countries, flows, signs, drivers : polars.DataFrame
        The same in full (`studies.policy.tables`).
    alternatives : polars.DataFrame
        What the assumptions of the base are worth.
    claims : polars.DataFrame
        Published claims beside ours.
    left_out : polars.DataFrame
        `scenario, why`.
    headline, findings, caveats, provenance, reconstructed, snapshot, package_version
        As in `TradeStudy`.
    settings : mapping
    """

    chain: str
    title: str
    markets: pl.DataFrame
    assumptions: pl.DataFrame
    adjustments: pl.DataFrame
    elasticities: pl.DataFrame
    base: pl.DataFrame
    scenarios: pl.DataFrame
    comparison: pl.DataFrame
    world: pl.DataFrame
    network: pl.DataFrame
    mediation: pl.DataFrame
    countries: pl.DataFrame
    flows: pl.DataFrame
    signs: pl.DataFrame
    drivers: pl.DataFrame
    alternatives: pl.DataFrame
    claims: pl.DataFrame
    left_out: pl.DataFrame
    headline: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...]
    provenance: tuple[Provenance, ...]
    reconstructed: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    snapshot: str = ""
    package_version: str = __version__

    def __str__(self) -> str:
        return told(self.headline, self.findings, self.caveats)

    def to_frame(self) -> pl.DataFrame:
        """Return the comparison table, one row a scenario."""
        return self.comparison


def policy(
    store: "Store",
    scenarios: Iterable[Asked] | Asked | None = None,
    *,
    chain: str | None = None,
    stage: str | None = None,
    year: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    settings: PolicySettings | None = None,
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
) -> PolicyStudy:
    """Solve scenarios on markets calibrated from a store, under draws of the elasticities, and say what they change.

    Parameters
    ----------
    store : Store
    scenarios : str, Path, Scenario or iterable of these, optional
        Names of the library, paths of YAML files, scenarios read already; default every scenario of the library that
        acts on the chain.
    chain, stage, year : optional
        The mineral; the stage and year of the market, instead of those each scenario names.
    draws, seed : int, optional
    settings : PolicySettings, optional
        Defaults for all of the above and for what the data do not say, as read from a file.
    source, version, hs_version : str, optional
        Which data to use where the store holds several.

    Raises
    ------
    InputError
        A named scenario cannot be solved on what the store holds; nothing is left to solve.
    """
    changes: dict[str, Any] = {"chain": chain, "stage": stage, "year": year, "draws": draws, "seed": seed}
    asked: tuple[Asked, ...] = ()
    if scenarios is not None:
        asked = (scenarios,) if isinstance(scenarios, str | Path | Scenario) else tuple(scenarios)
        changes["scenarios"] = tuple(map(called, asked))
    given = {name: value for name, value in changes.items() if value is not None}
    chosen = settings or PolicySettings.read()
    if given:
        chosen = PolicySettings.read(None, **{**chosen.model_dump(), **given})
    which = {"source": source, "version": version, "hs_version": hs_version}
    found, left_out = cases(store, chosen, scenarios=asked, **which)
    solved, drawn, frames, seeds = _solve(found, chosen)
    markets = {case.base.key: case.base for case in found}
    world = tables.world(solved, chosen.level)
    network = tables.network(solved, frames, seeds, chosen.level)
    mediation = tables.mediation(solved, chosen.level)
    by_country = tables.countries(solved, chosen.level)
    signs = tables.signs(solved)
    driving = tables.driving(solved, drawn)
    compared = comparison(solved, world, network, mediation, by_country, driving, chosen.level)
    other = alternatives(store, found, chosen, which)
    checked = claims(solved, world, network, other)
    held = tuple(markets.values())
    provenance = tuple({(p.source, p.version): p for base in held for p in base.provenance}.values())
    reconstructed = any(base.reconstructed for base in held)
    described = _described(solved)
    return PolicyStudy(
        chain=held[0].chain,
        title=held[0].title,
        markets=bases.markets(held),
        assumptions=bases.assumptions(held),
        adjustments=bases.adjustments(held),
        elasticities=bases.elasticities(held),
        base=bases.flows(held),
        scenarios=described,
        comparison=compared,
        world=world,
        network=network,
        mediation=mediation,
        countries=by_country,
        flows=tables.flows(solved, chosen.level),
        signs=signs,
        drivers=driving,
        alternatives=other,
        claims=checked,
        left_out=left_out,
        headline=headline(compared, held, chosen.level),
        findings=findings(compared, network, driving, signs, checked, {case.name: case.idle for case in found}),
        caveats=caveats(held, described, left_out, other, provenance, chosen.country_spread),
        provenance=provenance,
        reconstructed=reconstructed,
        settings=chosen.model_dump(mode="json"),
        snapshot=store.snapshot_id,
    )


def _solve(
    found: tuple[Case, ...], settings: PolicySettings
) -> tuple[list[Solved], dict[str, dict[str, draws_of.Floats]], dict[str, Frame], list[int]]:
    """Solve every case; cases of one market share draws, partitions and seeds."""
    seeds = [settings.seed + k for k in range(settings.partitions)]
    drawn: dict[str, dict[str, draws_of.Floats]] = {}
    own: dict[str, dict[str, draws_of.Floats]] = {}
    frames: dict[str, Frame] = {}
    solved = []
    for case in progress(found, "scenarios"):
        key = case.base.key
        if key not in frames:
            frames[key] = Frame.of(case.base.trade, settings.partitions, settings.seed)
            drawn[key] = draws_of.draw(case.base.elasticities, settings.draws, settings.seed)
            own[key] = drawn[key]
            if settings.country_spread:
                names = case.base.market.names
                own[key] = draws_of.by_country(drawn[key], names, settings.country_spread, settings.seed)
        solved.append(solve(case, own[key], frames[key], seeds))
    return solved, drawn, frames, seeds


def _described(solved: list[Solved]) -> pl.DataFrame:
    rows = [
        (
            one.case.name,
            one.case.scenario.title,
            one.case.base.key,
            one.case.nest,
            len(one.status),
            one.failed,
            "; ".join(one.case.notes),
            one.case.scenario.source,
        )
        for one in solved
    ]
    names = ["scenario", "title", "market", "nest", "draws", "failed", "notes", "source"]
    return pl.DataFrame(rows, schema=names, orient="row")
