"""From a store to the base of a market: one stage in one year, its own trade, tariffs and elasticities.

Everything that the data do not say and the model needs stands in `Calibration.assumptions`, with where it is from.
Flows are brought to one valuation, CIF: duties then fall on what customs levy them on. Export taxes and producers'
receipts are then those at the importer's border too, a difference of the margin.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime import networks, reference
from xenotime.core import DataWarning, InputError, Provenance
from xenotime.markets import Market
from xenotime.networks import with_flows
from xenotime.studies.policy import own_trade
from xenotime.studies.policy.elasticities import Elasticity, central, elasticities
from xenotime.studies.policy.numbers import percent
from xenotime.studies.policy.settings import PolicySettings
from xenotime.studies.policy.tariffs import tariffs
from xenotime.studies.selection import one_vintage, stage_titles

if TYPE_CHECKING:
    from xenotime.reference import Chain
    from xenotime.store import Store

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Calibration:
    """The base of one market and what it rests on.

    Attributes
    ----------
    chain, title, staging, stage, goods : str
        `goods` is the stage's goods in words.
    year : int
    market : Market
        In thousand USD, CIF, at central elasticities.
    trade : xarray.Dataset
        The base network of the same flows: `value_kusd` without own trade.
    tonnes : ndarray (n, n) or None
        Base trade in metric tonnes as recorded; None where some of it is unknown.
    elasticities : tuple of Elasticity
    adjustments : polars.DataFrame
        `country, what, value_kusd, to, why`: re-exports taken back, own trade set to zero, regions merged.
    assumptions : polars.DataFrame
        `what, value, source`: everything the market rests on beyond the recorded flows.
    provenance : tuple of Provenance
    reconstructed : bool
    """

    chain: str
    title: str
    staging: str
    stage: str
    goods: str
    year: int
    market: Market
    trade: xr.Dataset
    tonnes: Floats | None
    elasticities: tuple[Elasticity, ...]
    adjustments: pl.DataFrame
    assumptions: pl.DataFrame
    provenance: tuple[Provenance, ...]
    reconstructed: bool

    @property
    def key(self) -> str:
        """Stage and year, as tables name this market: "downstream 2022"."""
        return f"{self.stage} {self.year}"

    def __str__(self) -> str:
        trade = self.market.flows.sum() - np.trace(self.market.flows)
        lines = [
            f"{self.title}: {self.goods} ({self.stage}), {self.year}: {self.market.n} countries, "
            f"${trade / 1e6:.2f} bn of trade at CIF value",
            *(f"- {what}: {value} [{source}]" for what, value, source in self.assumptions.iter_rows()),
        ]
        if len(self.adjustments):
            lines += [f"- {len(self.adjustments)} adjustments, see `adjustments`"]
        return "\n".join(lines)


def calibrate(
    store: "Store",
    stage: str | None = None,
    year: int | None = None,
    *,
    settings: PolicySettings | None = None,
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
) -> Calibration:
    """Make the base of a market from the flows of a stage and year.

    Parameters
    ----------
    store : Store
    stage : str, optional
        A stage of the chain's staging; default the last, the most processed.
    year : int, optional
        Default the latest that the store holds.
    settings : PolicySettings, optional
    source, version, hs_version : str, optional
        Which data to use where the store holds several.

    Raises
    ------
    InputError
        The store holds no such stage or year, or several sources fit.
    """
    chosen = settings or PolicySettings.read()
    chain = reference.chain(chosen.chain)
    stages = chain.stage_names(chosen.staging)
    wanted = stage or stages[-1]
    if wanted not in stages:
        raise InputError(
            f"{chain.title} has no stage {wanted!r}",
            where="studies.policy, stage",
            remedy=f"one of {', '.join(stages)}",
        )
    flows, remarks = one_vintage(store, chain, chosen.staging, [year] if year else None, source, version, hs_version)
    if flows.is_empty():
        raise InputError(
            f"the store holds no flows of {chain.title}" + (f" in {year}" if year else ""),
            where=str(store),
            remedy="ingest a file that covers these HS codes: " + ", ".join(chain.codes(chosen.staging)),
        )
    of_year = flows.filter(pl.col("year") == (year or flows["year"].max()))
    at = int(of_year["year"][0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        cube = networks.build(of_year, chain, stages=chosen.staging, years=[at])
    if wanted not in cube["stage"].values:
        raise InputError(
            f"the store holds no flows of stage {wanted} in {at}",
            where=str(store),
            remedy=f"stages with flows: {', '.join(map(str, cube['stage'].values))}",
        )
    cube = cube.sel(stage=[wanted])
    names, value, tonnes, notes, rows = _flows(cube, chosen)
    base = _with_own_trade(store, chain, wanted, at, names, value, tonnes, chosen)
    margin = 1 + chosen.cif_margin
    codes = chain.selects(chosen.staging).filter(pl.col("stage") == wanted)["hs6"].unique().to_list()
    rates, rate_notes = tariffs(
        store, names, at, codes, chosen.tariff, chosen.agreements,
        by_pair=chosen.pair_agreements == "free", trade=of_year.filter(pl.col("hs6").is_in(codes)),
    )  # fmt: skip
    ranges = elasticities(chain, chosen.staging, wanted, chosen)
    middle = central(ranges)
    market = Market.from_arrays(
        base.flows * margin, names=names, tariffs=rates, own_trade=base.own, demand=middle["demand"],
        supply=middle["supply"], substitution=middle["substitution"],
    )  # fmt: skip
    valued = (
        "valuation",
        f"CIF: values as published, taken as FOB, plus {percent(chosen.cif_margin)}; BACI mixes both sides' reports",
        "OECD ITIC, trade-weighted mean of 1995-2014" if chosen.cif_margin else "declared",
    )
    ranged = [(f"elasticity of {one.name}", one.text, one.source) for one in ranges]
    said = [(remark, "", "store") for remark in remarks]
    assumptions = [*notes, valued, *base.notes, *rate_notes, *ranged, *said]
    network = cube.sel(exporter=names, importer=names)
    return Calibration(
        chain=chain.name,
        title=chain.title,
        staging=str(cube.attrs["staging"]),
        stage=wanted,
        goods=stage_titles(chain, chosen.staging, of_year)[wanted],
        year=at,
        market=market,
        trade=with_flows(network, (market.flows - np.diag(np.diag(market.flows)))[None, None]),
        tonnes=None if np.isnan(tonnes[value > 0]).any() else np.nan_to_num(tonnes),
        elasticities=ranges,
        adjustments=pl.concat([rows, base.adjustments]),
        assumptions=pl.DataFrame(assumptions, schema=["what", "value", "source"], orient="row"),
        provenance=store.provenance(of_year),
        reconstructed=bool(cube.attrs["reconstructed"]),
    )


def _flows(
    cube: xr.Dataset, settings: PolicySettings
) -> tuple[list[str], Floats, Floats, list[tuple[str, str, str]], pl.DataFrame]:
    """Return the countries that trade, value and tonnes between them, notes, and what was merged."""
    names = [str(name) for name in cube["exporter"].values]
    raw = cube["value_kusd"].isel(stage=0, year=0).to_numpy()
    off = ~np.eye(len(names), dtype=bool)
    unknown = float(np.isnan(raw[off]).mean())
    value = np.nan_to_num(raw)
    tonnes = np.where(value > 0, cube["quantity_t"].isel(stage=0, year=0).to_numpy(), 0.0)
    notes, rows = [], []
    if unknown:
        notes.append(
            ("unknown pairs", f"{percent(unknown)} of pairs count as no trade", "the source is an extract or has gaps")
        )
    into = {part: whole for part, whole in settings.merge.items() if part in names}
    for part, whole in settings.merge.items():
        if part not in names:
            notes.append(("merge", f"{part} is not in this market: nothing to make one with {whole}", "settings"))
        elif whole not in names:
            raise InputError(
                f"{part} cannot be made one with {whole}, which is not in this market",
                where="settings, merge",
                remedy="name a country of the market as the whole: {HKG: CHN}",
            )
    for part, whole in into.items():
        k = names.index(part)
        rows.append((part, "made one region", float(value[k].sum() + value[:, k].sum()), whole, "asked for in merge"))
    if into:
        order, merged = own_trade.merged(names, value, into)
        _, tonnes = own_trade.merged(names, tonnes, into)
        names, value = order, merged
    trades = value.sum(axis=0) + value.sum(axis=1) > 0
    kept = [name for name, here in zip(names, trades) if here]
    square = np.ix_(trades, trades)
    return kept, value[square], tonnes[square], notes, pl.DataFrame(rows, schema=own_trade.ADJUSTMENTS, orient="row")


def _with_own_trade(
    store: "Store",
    chain: "Chain",
    stage: str,
    year: int,
    names: list[str],
    value: Floats,
    tonnes: Floats,
    settings: PolicySettings,
) -> own_trade.Base:
    hubs = {} if settings.reexports == "none" else _hubs(stage, year)
    if settings.own_trade == "output":
        made = _output(store, chain, stage, year, settings)
        return own_trade.with_own_trade(names, value, tonnes, made, hubs, settings.reexports)
    excess = np.where(np.isin(names, list(hubs)), value.sum(axis=1), 0.0)
    moved, rows = own_trade.reexports(names, value, excess, hubs)
    if settings.own_trade == "absent":
        own, said = np.zeros(len(names)), ("own trade", "absent", "declared")
    else:
        unknown = sorted(set(settings.own_trade) - set(names))
        if unknown:
            raise InputError(
                f"own trade of {', '.join(unknown)}: not in this market",
                where="settings, own_trade",
                remedy="leave it out, or check the ISO3 code",
            )
        own = np.array([settings.own_trade.get(name, 0.0) for name in names]) * moved.sum(axis=1)
        shares = ", ".join(f"{name} {ratio:g}" for name, ratio in settings.own_trade.items())
        said = ("own trade", f"over exports: {shares}; absent elsewhere", "declared")
    return own_trade.Base(moved, own, pl.DataFrame(rows, schema=own_trade.ADJUSTMENTS, orient="row"), (said,))


def _output(store: "Store", chain: "Chain", stage: str, year: int, settings: PolicySettings) -> pl.DataFrame:
    """Return output with merged countries added up."""
    made = own_trade.output(store, chain, stage, year)
    if not settings.merge or made.is_empty():
        return made
    return (
        made.with_columns(pl.col("country").replace(settings.merge))
        .group_by("country", maintain_order=True)
        .agg(pl.col("quantity_t").sum(), pl.col("basis").first(), pl.col("estimated").any(), pl.col("source").first())
    )


def _hubs(stage: str, year: int) -> Mapping[str, str]:
    rows = reference.facts("hubs").filter(
        pl.col("stage") == stage,
        pl.col("from").fill_null(year) <= year,
        pl.col("to").fill_null(year) >= year,
    )
    return dict(rows.select("country", "reason").iter_rows())
