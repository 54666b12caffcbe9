"""Flows on the ties: τ plus a gravity term whose exporter and importer effects are fitted to the published margins.

For each stage and year, on the drawn ties only,

    value_ij = τ + g_ij,    g_ij = p_ij exp(a_i + b_j + c_ij),    p_ij = exp(−δ ln distance_ij + κ same bloc_ij + e_ij),

where c is free for the known large flows and the assumed destinations only. The effects solve the score equations of
a penalised Poisson pseudo-likelihood, here relative to each target: Σ_j g_ij / X_i − 1 + ρ a_i = 0 for exporters, the
same for importers and for pairs. The penalty ρ keeps effects finite where the ties cannot carry a target; what is not
met, a known flow without a tie among it, stays as a residual and is shown (`World.residuals`). Where the world total is
BACI's, g is scaled to it; where it is an assumption, the sum of the flows is left as the fit gives it. Every g is at
least a hundredth of τ, so the threshold rule at τ returns the ties exactly. Other dependence rules look at shares and
sizes of flows; for these the world has no planted truth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import generator
from xenotime.pipeline.world import facts
from xenotime.pipeline.world.covariates import Covariates, Setting, _autoregressive
from xenotime.pipeline.world.margins import ASSUMED, TAU_KUSD, Margins, margins
from xenotime.schema import check

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

#: Gravity: −δ on log distance, κ on a shared bloc, standard deviation and persistence of the noise e.
DISTANCE, BLOC, NOISE, NOISE_PERSISTENCE = 0.8, 0.3, 0.8, 0.8
#: Penalty ρ of the effects, and rounds of alternating between the sides.
PENALTY, ROUNDS = 0.01, 80
#: Mean share taken for a country that trades but is in no table of shares.
UNPUBLISHED = 0.0005
#: Variant D: what a tie's being returned, and each tie of its importer, adds to the noise of its flow.
TIED_MUTUAL, TIED_INDEGREE = 0.8, -0.1
#: Spread of unit values around the exporter's, in logs.
UNIT_VALUE_NOISE = 0.15
HS_VERSION = "HS92"


@dataclass(frozen=True)
class Flows:
    """Values and masses of a world.

    Attributes
    ----------
    value_kusd, quantity_t : ndarray (stage, year, n, n)
        Zero where there is no tie.
    targets : tuple of Margins
        By stage.
    """

    value_kusd: Float
    quantity_t: Float
    targets: tuple[Margins, ...]


def draw(setting: Setting, covariates: Covariates, ties: Bool, seed: int, variant: str) -> Flows:
    """Draw all flows of a world."""
    value = np.zeros(ties.shape)
    quantity = np.zeros(ties.shape)
    found = []
    n, years = len(setting.names), len(setting.years)
    for s, stage in enumerate(setting.stages):
        target = margins(stage, setting.names, setting.years)
        found.append(target)
        random = generator(seed, "flows", stage)
        noise = NOISE * _autoregressive(random.normal(size=(years, n, n)), NOISE_PERSISTENCE)
        spread = np.exp(UNIT_VALUE_NOISE * random.normal(size=(years, n, n)))
        for t in range(years):
            y = ties[s, t]
            if variant == "D":
                noise[t] += TIED_MUTUAL * (y & y.T) + TIED_INDEGREE * y.sum(axis=0)
            prior = noise[t] - DISTANCE * covariates.log_distance + BLOC * covariates.same_bloc[t + 1]
            size = covariates.log_output[s, t + 1], covariates.log_gdp[t + 1]
            value[s, t] = _year(y, prior, target, t, TAU_KUSD[stage], size)
            quantity[s, t] = value[s, t] / (target.unit_value[t][:, None] * spread[t])
    return Flows(np.round(value, 3), np.round(quantity, 4), tuple(found))


def _year(y: Bool, prior: Float, target: Margins, t: int, tau: float, size: tuple[Float, Float]) -> Float:
    """Values of one stage and year, thousand USD: (n, n)."""
    value = np.zeros(y.shape)
    i, j = np.nonzero(y)
    if not len(i):
        return value
    n = len(y)
    world = target.world[t]
    exports = _complete(target.exports[t] / world, np.exp(size[0]), np.bincount(i, minlength=n) > 0)
    imports = _complete(target.imports[t] / world, np.exp(size[1]), np.bincount(j, minlength=n) > 0)
    # What τ already carries is taken off the targets; a target that τ alone exceeds keeps a hundredth.
    out = np.maximum(exports * world - tau * np.bincount(i, minlength=n), 0.01 * exports * world)
    into = np.maximum(imports * world - tau * np.bincount(j, minlength=n), 0.01 * imports * world)
    known = target.pairs[t][i, j]
    gravity = fit(i, j, prior[i, j], out, into, np.maximum(known - tau, 0.01 * known))
    free = world - tau * len(i)
    if free > 0 and target.basis[t] != ASSUMED:
        gravity *= free / gravity.sum()
    value[i, j] = tau + np.maximum(gravity, 0.01 * tau)
    return value


def _complete(published: Float, size: Float, active: Bool) -> Float:
    """Return shares that sum to 1, zero for countries without ties; the unpublished share a small rest by size."""
    unknown = active & np.isnan(published)
    shares = np.where(active & ~unknown, np.nan_to_num(published), 0.0)
    if unknown.any():
        rest = UNPUBLISHED * unknown.sum() * max(shares.sum(), UNPUBLISHED)
        shares = shares + rest * np.where(unknown, size, 0.0) / size[unknown].sum()
    found: Float = shares / shares.sum()
    return found


def fit(i: Any, j: Any, prior: Float, exports: Float, imports: Float, pairs: Float) -> Float:
    """Solve the penalised score equations for the effects and return g on the ties.

    Parameters
    ----------
    i, j : ndarray (ties,) of int
        Exporter and importer of each tie.
    prior : ndarray (ties,)
        ln p.
    exports, imports : ndarray (n,)
        Targets; positive where the country has ties on that side.
    pairs : ndarray (ties,)
        Known flows, NaN where none.

    Returns
    -------
    ndarray (ties,)
    """
    n = len(exports)
    a, b, c = np.zeros(n), np.zeros(n), np.zeros(len(i))
    known = ~np.isnan(pairs)
    base = np.exp(prior - prior.max())
    base *= exports.sum() / base.sum()
    for _ in range(ROUNDS):
        out = np.bincount(i, base * np.exp(b[j] + c), minlength=n)
        a = _effect(np.divide(out, exports, out=np.zeros(n), where=exports > 0))
        into = np.bincount(j, base * np.exp(a[i] + c), minlength=n)
        b = _effect(np.divide(into, imports, out=np.zeros(n), where=imports > 0))
        if known.any():
            c[known] = _effect((base * np.exp(a[i] + b[j]))[known] / pairs[known])
    g: Float = base * np.exp(a[i] + b[j] + c)
    return g


def _effect(ratio: Float) -> Float:
    """Solve ratio·exp(x) − 1 + ρ x = 0 for each positive ratio; zero elsewhere.

    Newton from the unpenalised solution: with ρ = 0.01 the second step is exact to about 1e-6 of x.
    """
    x = np.where(ratio > 0, -np.log(np.where(ratio > 0, ratio, 1.0)), 0.0)
    for _ in range(2):
        curve = ratio * np.exp(x)
        x = np.where(ratio > 0, x - (curve - 1 + PENALTY * x) / (curve + PENALTY), 0.0)
    return x


def headings(stage: str, exporter: str, year: int, selects: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the headings under which the chain's default staging counts an exporter's goods in a stage.

    Parameters
    ----------
    selects : list of tuple
        Rows of `Chain.selects`: hs6, stage, exporters, except_exporters, year_from, year_to.
    """
    return tuple(
        hs6
        for hs6, of, only, but, first, last in selects
        if of == stage
        and (only is None or exporter in only)
        and (but is None or exporter not in but)
        and (first is None or first <= year)
        and (last is None or year <= last)
    )


def divide(tied: pl.DataFrame, admitted: pl.DataFrame) -> pl.DataFrame:
    """Divide flows over headings, in proportion to weight of exporter times lean of importer (`headings.csv`).

    Parameters
    ----------
    tied : polars.DataFrame
        Flows: stage, year, exporter, importer, and any more.
    admitted : polars.DataFrame
        stage, year, exporter, hs6: the headings open to each exporter.

    Returns
    -------
    polars.DataFrame
        One row per flow and heading, with `share`: the shares of a flow sum to 1.
    """
    typed = facts.own("headings").with_columns(pl.col("hs6").cast(pl.String), pl.col("weight").cast(pl.Float64))
    sender, receiver = typed.filter(pl.col("side") == "exporter"), typed.filter(pl.col("side") == "importer")
    own = sender.select(exporter="country", hs6="hs6", own="weight").drop_nulls("exporter")
    other = sender.filter(pl.col("country").is_null()).select("hs6", other="weight")
    lean = receiver.select(importer="country", hs6="hs6", lean="weight")
    weight = pl.coalesce("own", "other") * pl.col("lean").fill_null(1.0)
    return (
        tied.join(admitted, on=["stage", "year", "exporter"], how="left")
        .join(own, on=["exporter", "hs6"], how="left")
        .join(other, on="hs6", how="left")
        .join(lean, on=["importer", "hs6"], how="left")
        .with_columns(share=weight / weight.sum().over("stage", "year", "exporter", "importer"))
    )


def table(setting: Setting, flows: Flows, version: str) -> pl.DataFrame:
    """Return the flows as a table of schema "flows"."""
    s, t, i, j = np.nonzero(flows.value_kusd)
    years, names = np.array(setting.years, np.int16), np.array(setting.names)
    tied = pl.DataFrame(
        {
            "stage": np.array(setting.stages)[s],
            "year": years[t],
            "exporter": names[i],
            "importer": names[j],
            "value_kusd": flows.value_kusd[s, t, i, j],
            "quantity_t": flows.quantity_t[s, t, i, j],
        }
    )
    selects = reference.chain("rare_earths").selects().rows()
    admitted = [
        (stage, year, exporter, hs6)
        for stage, year, exporter in tied.select("stage", "year", "exporter").unique().iter_rows()
        for hs6 in headings(stage, exporter, year, selects)
    ]
    columns = {"stage": pl.String, "year": pl.Int16, "exporter": pl.String, "hs6": pl.String}
    frame = divide(tied, pl.DataFrame(admitted, schema=columns, orient="row")).select(
        "year",
        "exporter",
        "importer",
        "hs6",
        hs_version=pl.lit(HS_VERSION),
        value_kusd=pl.col("value_kusd") * pl.col("share"),
        quantity_t=pl.col("quantity_t") * pl.col("share"),
        quality=pl.lit("reconstructed"),
        absence=pl.lit("zero"),
        source=pl.lit("demo"),
        source_version=pl.lit(version),
    )
    return check(frame.sort("hs6", "year", "exporter", "importer"), "flows", where="embedded world")


def residuals(setting: Setting, flows: Flows) -> pl.DataFrame:
    """Compare totals and large flows with their published or assumed targets.

    Returns
    -------
    polars.DataFrame
        `stage`, `year`, `country` (null = world), `partner` (of a large flow out of the country, else null), `side`
        ("export", "import", "world", "flow"), `target_kusd`, `value_kusd`, `basis` of the target ("published",
        "interpolated", "extrapolated", "assumption"), `gap_pct` (of the target). What has no target is left out. A
        large flow whose tie was not drawn has the value 0.
    """
    names = np.array(setting.names)
    years = np.array(setting.years)
    parts = []
    for s, stage in enumerate(setting.stages):
        target = flows.targets[s]
        value = flows.value_kusd[s]
        for side, aim, total in (
            ("export", target.exports, value.sum(axis=2)),
            ("import", target.imports, value.sum(axis=1)),
            ("world", target.world[:, None], value.sum(axis=(1, 2))[:, None]),
        ):
            t, at = np.nonzero(~np.isnan(aim))
            parts.append(
                pl.DataFrame(
                    {
                        "stage": [stage] * len(t),
                        "year": years[t],
                        "country": [None] * len(t) if side == "world" else names[at],
                        "partner": [None] * len(t),
                        "side": [side] * len(t),
                        "target_kusd": aim[t, at],
                        "value_kusd": total[t, at],
                        "basis": target.basis[t],
                    },
                    schema_overrides={"country": pl.String, "partner": pl.String, "year": pl.Int16},
                )
            )
        t, i, j = np.nonzero(~np.isnan(target.pairs))
        parts.append(
            pl.DataFrame(
                {
                    "stage": [stage] * len(t),
                    "year": years[t],
                    "country": names[i],
                    "partner": names[j],
                    "side": ["flow"] * len(t),
                    "target_kusd": target.pairs[t, i, j],
                    "value_kusd": value[t, i, j],
                    "basis": target.pairs_basis[t, i, j],
                },
                schema_overrides={"year": pl.Int16},
            )
        )
    frame = pl.concat(parts)
    return frame.with_columns(gap_pct=100 * (pl.col("value_kusd") / pl.col("target_kusd") - 1))
