"""The alliances study: how much cooperation and conflict make and break trade ties, at which stage, and how fast.

The question of Liu et al. 2025 (Sustainability 17(11) 4881), asked with the tie model (TERGM) of this package on data
of one's own. Their tables cannot be reproduced: thresholds, event source and terms are not public. It draws nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from xenotime.core import InputError, Provenance, XenotimeError, progress
from xenotime.studies.alliances import estimates, words
from xenotime.studies.alliances.covariates import Reader
from xenotime.studies.alliances.gather import gather
from xenotime.studies.alliances.panels import StagePanel, panel_of, rule_of
from xenotime.studies.alliances.settings import AUTO, AlliancesSettings
from xenotime.studies.alliances.specification import Specification, specification, year_effects
from xenotime.studies.trade import TradeStudy, trade

if TYPE_CHECKING:
    from xenotime.store import Store
    from xenotime.tergm import TergmFit


@dataclass(frozen=True)
class AlliancesStudy:
    """What the alliances study found. Never changes; `xenotime.report.write` turns it into a page.

    Attributes
    ----------
    networks : TradeStudy
        The networks it is of: cube, ties, rule, sources.
    settings : AlliancesSettings
        What it was told, the rule that was taken included.
    fits : mapping of str to TergmFit
        The headline fit (MPLE) by stage.
    tables : mapping of str to polars.DataFrame
        docs/alliances-study.md says what each holds.
    words : mapping of str to mapping of str to tuple of str
        Sentences by chapter and stage.
    headline : str
    findings, caveats : tuple of str
    sources : tuple of Provenance
        Of flows and covariates.
    """

    networks: TradeStudy
    settings: AlliancesSettings
    fits: Mapping[str, "TergmFit"]
    tables: Mapping[str, pl.DataFrame]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    headline: str
    findings: tuple[str, ...]
    caveats: tuple[str, ...]
    sources: tuple[Provenance, ...]

    @property
    def title(self) -> str:
        """The mineral's name for people."""
        return self.networks.title

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages with a fit, from mine to magnet."""
        return tuple(self.fits)

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the networks; the first is only the past of the second."""
        return self.networks.years

    @property
    def reconstructed(self) -> bool:
        """Whether the numbers are simulated from facts and were never observed."""
        return self.networks.reconstructed

    @property
    def provenance(self) -> tuple[Provenance, ...]:
        """The sources behind it."""
        return self.sources

    def __str__(self) -> str:
        lines = [self.headline, "", *(f"- {finding}" for finding in self.findings)]
        lines += ["", "Before quoting this:", *(f"- {caveat}" for caveat in self.caveats)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Stage:
    """A stage on its way through the study: panel, formula, fits."""

    name: str
    panel: StagePanel
    spec: Specification
    found: estimates.StageFits

    @property
    def fit(self) -> "TergmFit":
        """The headline fit."""
        return self.found.fits[estimates.MPLE]


def alliances(
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
    settings: AlliancesSettings | None = None,
) -> AlliancesStudy:
    """Estimate what goes with a trade tie, stage by stage, and say what holds and what does not.

    Parameters
    ----------
    store : Store
        Opened with `xenotime.open_store`, or `xenotime.demo_store()`.
    chain, stages, years, rule, parameters, source, version, hs_version
        As in `xenotime.studies.trade`. Without a rule: ties of 20 thousand USD or more where the table of flows is
        complete, of 5 % of the importer's imports where it is an extract of large flows.
    settings : AlliancesSettings, optional
        Everything else: covariates, formula, lags, what stays frozen, estimators, seed.

    Raises
    ------
    InputError
        As `xenotime.studies.trade`; also where no stage can be fitted, or a covariate that was asked for is not there
        or ends before the years that are read.
    """
    chosen = settings or AlliancesSettings.read()
    base, chosen = _networks(store, chosen, chain, stages, years, rule, parameters, source, version, hs_version)
    made: dict[str, Stage] = {}
    coverage: list[pl.DataFrame] = []
    failed: dict[str, str] = {}
    for stage in progress(base.stages, "tie models by stage"):
        names = tuple(str(name) for name in base.trade["exporter"].values)
        reader = Reader(store, names, base.years, stage, base.chain, chosen.sources, chosen.carry)
        if not base.ties.sel(stage=stage).any():
            failed[stage] = "no ties"
            continue
        gathered = gather(reader, chosen)
        coverage.append(gathered.coverage)
        try:
            spec = specification(gathered.readings, base.rule, chosen)
            panel = panel_of(base, stage, gathered.readings, gathered.needed, reader, chosen)
            if chosen.year_effects:
                spec = spec.plus(year_effects(panel.panel.years))
            made[stage] = Stage(stage, panel, spec, estimates.fitted(panel.panel, spec, chosen))
        except XenotimeError as fault:
            failed[stage] = str(fault)
    if not made:
        raise InputError(
            "no stage can be fitted: " + "; ".join(f"{stage}: {why}" for stage, why in failed.items()),
            where="studies.alliances",
            remedy="take fewer covariates, more years, or another rule",
        )
    tables = {"coverage": pl.concat(coverage), **tables_of(base, made, chosen)}
    told = words.sentences(tables, tuple(made), chosen)
    return AlliancesStudy(
        networks=base,
        settings=chosen,
        fits={stage: one.fit for stage, one in made.items()},
        tables=tables,
        words=told,
        headline=words.headline(base, tables, tuple(made), chosen),
        findings=words.findings(told, tuple(made)),
        caveats=words.caveats(base, tables, made, failed, chosen),
        sources=_sources(store, base, tables["coverage"]),
    )


def _networks(
    store: "Store",
    settings: AlliancesSettings,
    chain: str | None,
    stages: str | None,
    years: Iterable[int] | int | None,
    rule: str | None,
    parameters: dict[str, float] | None,
    source: str | None,
    version: str | None,
    hs_version: str | None,
) -> tuple[TradeStudy, AlliancesSettings]:
    """Return the networks under the rule asked for, or under the one the data allow, and the settings as taken."""
    if rule is not None:
        settings = settings.model_copy(update={"rule": rule, "parameters": parameters or {}})
    elif parameters:
        settings = settings.model_copy(update={"parameters": parameters})
        if settings.rule == AUTO:
            raise InputError("parameters without a rule", remedy="name the rule they belong to: rule=...")
    wanted = years if years is not None or settings.years is None else range(settings.years[0], settings.years[1] + 1)

    def under(name: str, given: dict[str, float]) -> TradeStudy:
        return trade(
            store, chain or settings.chain, stages=stages or settings.stages, years=wanted, rule=name, parameters=given,
            source=source, version=version, hs_version=hs_version,
        )  # fmt: skip

    first = "import_share" if settings.rule == AUTO else settings.rule
    base = under(first, {} if settings.rule == AUTO else dict(settings.parameters))
    name, given = rule_of(base.trade["status"], settings)
    if name != base.rule:
        base = under(name, given)
    if len(base.years) < 3 or any(b - a != 1 for a, b in zip(base.years, base.years[1:])):
        raise InputError(
            f"the years are {', '.join(map(str, base.years))}: a tie model with memory needs three or more in a row",
            where="studies.alliances, years",
            remedy="ask for consecutive years the store holds",
        )
    return base, settings.model_copy(update={"rule": name, "parameters": given})


def tables_of(base: TradeStudy, made: Mapping[str, Stage], settings: AlliancesSettings) -> dict[str, pl.DataFrame]:
    """Return every table but `coverage`."""
    level = settings.level
    fits = {stage: one.fit for stage, one in made.items()}
    specs = {stage: one.spec for stage, one in made.items()}
    return {
        "nodes": pl.concat([nodes(stage, one.panel) for stage, one in made.items()]),
        "models": pl.concat([estimates.models(stage, one.found) for stage, one in made.items()]),
        "coefficients": pl.concat([estimates.coefficients(stage, one.found, level) for stage, one in made.items()]),
        "sensitivity": estimates.sensitivity(fits, specs, level),
    }


def nodes(stage: str, made: StagePanel) -> pl.DataFrame:
    """Return one row a country: stage, country, used, reason (why it is left out)."""
    rows: list[tuple[Any, ...]] = [(stage, name, True, None) for name in made.panel.nodes]
    rows += [(stage, name, False, why) for name, why in made.left_out.items()]
    names = {"stage": pl.String, "country": pl.String, "used": pl.Boolean, "reason": pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


def _sources(store: "Store", base: TradeStudy, coverage: pl.DataFrame) -> tuple[Provenance, ...]:
    """Return the provenance of flows and of the covariates used."""
    used = set(coverage.filter("used")["source"].drop_nulls().to_list())
    others = [p for p in store.provenance() if f"{p.source} {p.version}" in used and p not in base.provenance]
    known = {(p.source, p.version) for p in base.provenance}
    return (*base.provenance, *(p for p in others if (p.source, p.version) not in known))
