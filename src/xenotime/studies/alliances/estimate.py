"""One tie model of one stage: a formula of one's own on what the store holds, without the rest of the study."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from xenotime import tergm
from xenotime.core import InputError, Provenance, write_text
from xenotime.studies.alliances.gather import gather
from xenotime.studies.alliances.panels import panel_of
from xenotime.studies.alliances.phrases import tie
from xenotime.studies.alliances.reader import Reader
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import specification
from xenotime.studies.alliances.study import check_nodes, networks_of, sources_of
from xenotime.studies.trade import TradeStudy
from xenotime.tergm.fit import METHODS
from xenotime.tergm.save import save_fit

if TYPE_CHECKING:
    from xenotime.store import Store
    from xenotime.tergm import TergmFit


@dataclass(frozen=True)
class Estimate:
    """A tie model of one stage, and what it stands on.

    Attributes
    ----------
    fit : TergmFit
    formula : str
        As fitted; ends in effects of years where the settings ask for them.
    networks : TradeStudy
        The networks: cube, ties, rule.
    stage : str
    coverage : polars.DataFrame
        The covariates it reads: source, years, lag, what is frozen.
    left_out : dict of str to str
        Country to the reason why it is not in.
    notes : tuple of str
        Who can trade.
    provenance : tuple of Provenance
        Of flows and covariates.
    """

    fit: "TergmFit"
    formula: str
    networks: TradeStudy
    stage: str
    coverage: pl.DataFrame
    left_out: dict[str, str]
    notes: tuple[str, ...]
    provenance: tuple[Provenance, ...]

    @property
    def reconstructed(self) -> bool:
        """Whether the numbers are simulated from facts and were never observed."""
        return self.networks.reconstructed

    @property
    def basis(self) -> tuple[str, ...]:
        """What it stands on, in sentences: ties, countries, frozen covariates, sources."""
        base, panel = self.networks, self.fit.model.panel
        frozen = self.coverage.filter(pl.col("carried").list.len() > 0)
        sources = [f"{p.title or p.source} {p.version}".strip() + f", {p.kind}" for p in self.provenance]
        return (
            *(("Reconstructed, not observed.",) if self.reconstructed else ()),
            f"{base.title}, {self.stage}, {panel.years[0]}–{panel.years[-1]}: ties of {len(panel.nodes)} countries, "
            f"{tie(base.rule, base.rule_formula, base.rule_parameters)}; {len(self.left_out)} countries left out.",
            *self.notes,
            *(f"{row['title']} is frozen at {row['last']}." for row in frozen.iter_rows(named=True)),
            f"Estimated. Sources: {'; '.join(sources)}.",
        )

    def save(self, folder: Path | str) -> Path:
        """Write tables and figures of the fit (`tergm.save.save_fit`) and what it stands on (``basis.txt``)."""
        folder = Path(folder)
        save_fit(self.fit, folder)
        write_text(folder / "basis.txt", "\n".join((f"Formula: {self.formula}", *self.basis)) + "\n")
        return folder

    def __str__(self) -> str:
        return "\n".join((str(self.fit), "", *self.basis))


def estimate(
    store: "Store",
    formula: str,
    *,
    stage: str | None = None,
    chain: str | None = None,
    stages: str | None = None,
    years: Iterable[int] | int | None = None,
    rule: str | None = None,
    parameters: dict[str, float] | None = None,
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
    method: str = "mple",
    bootstrap: int = 0,
    settings: AlliancesSettings | None = None,
) -> Estimate:
    """Fit a formula to the ties of one stage.

    Parameters
    ----------
    store : Store
    formula : str
        Terms of the tie model (`xenotime.tergm`) over covariates by name (`COVARIATES`), e.g.
        ``"edges + mutual + edgecov('cooperation', lag=1) + memory('stability')"``.
    stage : str, optional
        The one furthest downstream if absent.
    chain, stages, years, rule, parameters, source, version, hs_version
        As in `alliances`.
    method : {"mple", "mcmle"}
    bootstrap : int
        Replicates over years, with ``method="mple"``.
    settings : AlliancesSettings, optional
        Risk set, countries, sources, what stays frozen, effects of years, seed.

    Raises
    ------
    InputError
        An unknown term or covariate, named with those that there are; a covariate that the store lacks or that ends
        before the years that are read; an unknown stage.
    """
    if method not in METHODS:
        raise InputError(f"method '{method}' is unknown", remedy=f"methods: {', '.join(METHODS)}")
    tergm.parse(formula)  # what is spelt wrongly is said before the store is read
    chosen = (settings or AlliancesSettings.read()).model_copy(update={"formula": formula})
    base, chosen = networks_of(store, chosen, chain, stages, years, rule, parameters, source, version, hs_version)
    stage = stage or base.stages[-1]
    if stage not in base.stages:
        raise InputError(f"no stage '{stage}' in these flows", remedy=f"stages: {', '.join(base.stages)}")
    names = tuple(str(name) for name in base.trade["exporter"].values)
    check_nodes(chosen.nodes, names)
    reader = Reader(store, names, base.years, stage, base.chain, chosen.sources, chosen.carry, chosen.normalise)
    gathered = gather(reader, chosen)
    spec = specification(gathered.readings, base.rule, chosen)
    made = panel_of(base, stage, gathered.readings, gathered.needed, reader, chosen)
    if chosen.year_effects:
        spec = spec.with_year_effects(made.panel.years)
    return Estimate(
        fit=tergm.fit(spec.formula, made.panel, method, bootstrap=bootstrap, seed=chosen.seed),
        formula=spec.formula,
        networks=base,
        stage=stage,
        coverage=gathered.coverage,
        left_out=dict(made.left_out),
        notes=made.notes,
        provenance=sources_of(store, base, gathered.coverage),
    )
