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
from xenotime.studies.alliances.beside import Stage, labelled, parts
from xenotime.studies.alliances.claims import claims
from xenotime.studies.alliances.covariates import COVARIATES, PAIR
from xenotime.studies.alliances.gather import gather
from xenotime.studies.alliances.multiplicity import adjusted
from xenotime.studies.alliances.panels import StagePanel, panel_of, rule_of
from xenotime.studies.alliances.reader import Reader
from xenotime.studies.alliances.settings import AUTO, AlliancesSettings
from xenotime.studies.alliances.specification import specification
from xenotime.studies.trade import TradeStudy, trade
from xenotime.studies.words import told

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
        return told(self.headline, self.findings, self.caveats)


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
    base, chosen = networks_of(store, chosen, chain, stages, years, rule, parameters, source, version, hs_version)
    made: dict[str, Stage] = {}
    coverage: list[pl.DataFrame] = []
    failed: dict[str, XenotimeError] = {}
    names = tuple(str(name) for name in base.trade["exporter"].values)
    check_nodes(chosen.nodes, names)
    everywhere = Reader(store, names, base.years, "", base.chain, chosen.sources, chosen.carry, chosen.normalise)
    for stage in progress(base.stages, "tie models by stage"):
        reader = everywhere.of(stage)
        if not base.ties.sel(stage=stage).any():
            failed[stage] = InputError("no ties", where=f"stage {stage}", remedy="take another rule, or more years")
            continue
        try:
            gathered = gather(reader, chosen)
            coverage.append(gathered.coverage)
            spec = specification(gathered.readings, base.rule, chosen)
            panel = panel_of(base, stage, gathered.readings, gathered.needed, reader, chosen)
            if chosen.year_effects:
                spec = spec.with_year_effects(panel.panel.years)
            made[stage] = Stage(stage, reader, panel, spec, estimates.fitted(panel.panel, spec, chosen))
        except XenotimeError as fault:
            failed[stage] = fault
    if not made:
        raise _none_fitted(failed)
    if not any(one.interest for one in made.values()):
        held = ", ".join(gathered_names(coverage))
        raise InputError(
            f"no covariate of interest ({', '.join(chosen.interest)}) is in any stage's model",
            where="settings, interest",
            remedy=f"add one to the formula, as edgecov('{chosen.interest[0]}', lag={chosen.lag})"
            if chosen.formula and not held
            else f"name others that the models have: {held}"
            if held
            else "the store holds none of pairs: ingest events, treaties or votes (docs/politics.md)",
        )
    tables, remarks = tables_of(base, made, chosen)
    tables = {
        "coverage": pl.concat(coverage),
        **tables,
        "claims": claims(tables, chosen.level, base.chain, reconstructed=base.reconstructed),
    }
    said = words.sentences(tables, tuple(made), chosen)
    sources = sources_of(store, base, tables["coverage"])
    return AlliancesStudy(
        networks=base,
        settings=chosen,
        fits={stage: one.fit for stage, one in made.items()},
        tables=tables,
        words=said,
        headline=words.headline(base, tables, tuple(made), chosen),
        findings=words.findings(said, tuple(made)),
        caveats=words.caveats(
            base, tables, made, {stage: fault.what for stage, fault in failed.items()}, remarks, chosen, sources
        ),
        sources=sources,
    )


def networks_of(
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


def check_nodes(asked: tuple[str, ...], there: tuple[str, ...]) -> None:
    """Refuse countries that are not in the flows."""
    unknown = [name for name in asked if name not in there]
    if unknown:
        raise InputError(
            f"no flows of {', '.join(unknown)}",
            where="settings, nodes",
            remedy="name countries that trade by their ISO 3166 letters: CHN, DEU, USA",
        )


def _none_fitted(failed: Mapping[str, XenotimeError]) -> XenotimeError:
    """Return why no stage can be fitted: the fault itself where it is the same at all stages."""
    faults = list(failed.values())
    if len({fault.what for fault in faults}) == 1:
        return faults[0]
    return InputError(
        "no stage can be fitted: " + "; ".join(f"{stage}: {fault.what}" for stage, fault in failed.items()),
        where="studies.alliances",
        remedy="; or ".join(dict.fromkeys(fault.remedy for fault in faults if fault.remedy)),
    )


def gathered_names(coverage: list[pl.DataFrame]) -> list[str]:
    """Return pair covariates that some stage's model has."""
    used = pl.concat(coverage).filter("used")["covariate"].unique(maintain_order=True)
    return [name for name in used if COVARIATES[name].kind == PAIR]


def tables_of(
    base: TradeStudy, made: Mapping[str, Stage], settings: AlliancesSettings
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return every table but `coverage`, and remarks on parts that the data did not allow."""
    level = settings.level
    tables = {
        "nodes": pl.concat([nodes(stage, one.made) for stage, one in made.items()]),
        "models": pl.concat([estimates.models(stage, one.found) for stage, one in made.items()]),
        "coefficients": _families(
            pl.concat([estimates.coefficients(stage, one.found, level) for stage, one in made.items()]),
            [(stage, term) for stage, one in made.items() for term in one.interest],
        ),
        "sensitivity": estimates.sensitivity(
            {stage: one.fit for stage, one in made.items()}, {stage: one.spec for stage, one in made.items()}, level
        ),
    }
    beside: dict[str, list[pl.DataFrame]] = {}
    remarks: list[str] = []
    work = [(stage, part) for stage, one in made.items() for part in parts(base, one, settings) if one.interest]
    for stage, part in progress(work, "beside the headline"):
        try:
            found = part.tables()
        except InputError as fault:
            remarks.append(f"{stage.capitalize()}, {part.title}: {fault.what}")
            continue
        for name, frame in found.items():
            beside.setdefault(name, []).append(labelled(frame).select(pl.lit(stage).alias("stage"), pl.all()))
    tables |= {name: pl.concat(frames, how="diagonal_relaxed") for name, frames in beside.items()}
    return tables | {"coefficients": _relabelled(tables)}, remarks


def _families(coefficients: pl.DataFrame, interest: list[tuple[str, str]]) -> pl.DataFrame:
    """Add p-values adjusted for looks at several stages and covariates of interest, to the headline's rows of these."""
    wanted = pl.DataFrame(interest, schema=["stage", "term"], orient="row").with_columns(method=pl.lit(estimates.MPLE))
    family = adjusted(coefficients.join(wanted, on=["stage", "method", "term"], how="semi", maintain_order="left"))
    keys = ["stage", "method", "term"]
    return coefficients.join(family.select(*keys, "p_holm", "p_bh"), on=keys, how="left", maintain_order="left")


def _relabelled(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Add p-values by relabelling countries to the headline's rows, from the curve's specification with its choices."""
    coefficients = tables["coefficients"]
    if "curve" not in tables:
        return coefficients.with_columns(p_relabelled=pl.lit(None, pl.Float64))
    held = tables["curve"].filter("headline").select("stage", "term", "p_relabelled")
    keys = ["stage", "method", "term"]
    return coefficients.join(
        held.with_columns(method=pl.lit(estimates.MPLE)), on=keys, how="left", maintain_order="left"
    )


def nodes(stage: str, made: StagePanel) -> pl.DataFrame:
    """Return one row a country: stage, country, used, reason (why it is left out)."""
    rows: list[tuple[Any, ...]] = [(stage, name, True, None) for name in made.panel.nodes]
    rows += [(stage, name, False, why) for name, why in made.left_out.items()]
    names = {"stage": pl.String, "country": pl.String, "used": pl.Boolean, "reason": pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


def sources_of(store: "Store", base: TradeStudy, coverage: pl.DataFrame) -> tuple[Provenance, ...]:
    """Return the provenance of flows and of the covariates used."""
    named = coverage.filter("used")["source"].drop_nulls()
    used = {one for several in named for one in several.split(" + ")}
    others = [p for p in store.provenance() if f"{p.source} {p.version}" in used and p not in base.provenance]
    known = {(p.source, p.version) for p in base.provenance}
    return (*base.provenance, *(p for p in others if (p.source, p.version) not in known))
