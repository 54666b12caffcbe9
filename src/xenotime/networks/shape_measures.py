"""Measures of the shape of trade that are one number a network or a country, listed in `SHAPE`.

They are `Indicator`s as those of `xenotime.networks.indicators`, keep the same promises (tests/contracts) and make the
same table. They stand in a list of their own because some cost more than all of those together. What needs more than a
network (two countries, blocs, a capacity) is a function of its own in `mediation`, `competition`, `resilience`,
`structure`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.networks.competition.chokepoints import grip
from xenotime.networks.competition.pairs import bargaining_power
from xenotime.networks.competition.similarity import exporters_in_competition, importers_in_competition
from xenotime.networks.indicators import panel
from xenotime.networks.indicators.base import Indicator, ratio
from xenotime.networks.layers import Bools, Floats
from xenotime.networks.resilience.attack import STRATEGIES, global_efficiency, robustness_of
from xenotime.networks.resilience.crisis import crisis_reach
from xenotime.networks.resilience.links import average_anns, nearest_neighbour_strength
from xenotime.networks.structure.shape import core, core_fit


def transit(flow: Floats) -> Floats:
    """min(s_i^in, s_i^out) / W, shape (n,)."""
    found: Floats = np.asarray(ratio(np.minimum(flow.sum(axis=0), flow.sum(axis=1)), flow.sum()), dtype=float)
    return found


def in_core(ties: Bools) -> Floats:
    """1 in the core, 0 in the periphery, NaN without a tie, shape (n,)."""
    active = ties.any(axis=0) | ties.any(axis=1)
    return np.where(active, core(ties).astype(float), np.nan)


def core_share(ties: Bools) -> float:
    """Countries in the core over countries with a tie; NaN without ties."""
    return float(ratio(np.nansum(in_core(ties)), (ties.any(axis=0) | ties.any(axis=1)).sum()))


def fit_of_core(ties: Bools) -> float:
    """`core_fit` among the countries with a tie."""
    active = ties.any(axis=0) | ties.any(axis=1)
    tie = ties[np.ix_(active, active)]
    return core_fit(tie, core(tie))


def _on_flow(function: Callable[[Floats], Floats | float]) -> Callable[[Floats], Floats | float]:
    """Give a function of known flows what indicators get, NaN where unknown."""
    return lambda value_kusd: function(np.nan_to_num(value_kusd, nan=0.0))


def _on_ties(function: Callable[[Bools, Floats], Floats | float]) -> Callable[[Bools, Floats], Floats | float]:
    return lambda ties, value_kusd: function(ties, np.nan_to_num(value_kusd, nan=0.0))


def _robustness(strategy: str) -> Callable[[Bools, Floats], float]:
    return lambda ties, flow: robustness_of(ties, flow, STRATEGIES[strategy])


def _world_transit(flow: Floats) -> float:
    return float(transit(flow).sum()) if flow.any() else float("nan")


_SCHNEIDER = "Schneider et al. (2011), PNAS 108:3838"
_BORGATTI = "Borgatti, Everett (2000), Soc. Networks 21:375; Lip (2011), arXiv:1102.5511"
_FAGIOLO = "Fagiolo, Reyes, Schiavo (2010), J. Evol. Econ. 20:479"

#: Every measure of shape by name, in the order of tables.
SHAPE: dict[str, Indicator] = {
    one.name: one
    for one in (
        Indicator(
            "transit_total", "Trade that is passed on", "fraction", "world", "Σ_i min(s_i^in, s_i^out) / W",
            "Finn (1976), J. Theor. Biol. 56:363, flow that passes through; naïve about value added",
            ("value_kusd",), _on_flow(_world_transit), (0, 1),
        ),
        Indicator(
            "transit", "Trade passed on by a country", "fraction", "country", "min(s_i^in, s_i^out) / W",
            "as transit_total", ("value_kusd",), _on_flow(transit), (0, 1),
        ),
        Indicator(
            "grip", "Grip on importers", "", "country", "Σ_j w_ij² / (s_j^in W)",
            "the exporter's part of the mean HHI of suppliers", ("value_kusd",), _on_flow(grip), (0, 1),
        ),
        Indicator(
            "bargaining_power", "Bargaining power of an exporter", "", "country",
            "Σ_j (w_ij / s_i^out)(w_ij / s_j^in − w_ij / s_i^out)",
            "Hirschman (1945), National Power and the Structure of Foreign Trade",
            ("value_kusd",), _on_flow(bargaining_power), (-1, 1),
        ),
        Indicator(
            "importer_competition", "Competition among importers", "fraction", "country",
            "Σ_k (w_ki / s_i^in)(1 − w_ki / s_k^out)", "share of suppliers' goods that others buy",
            ("value_kusd",), _on_flow(importers_in_competition), (0, 1),
        ),
        Indicator(
            "exporter_competition", "Competition among exporters", "fraction", "country",
            "Σ_k (w_ik / s_i^out)(1 − w_ik / s_k^in)", "share of markets that others serve",
            ("value_kusd",), _on_flow(exporters_in_competition), (0, 1),
        ),
        Indicator(
            "global_efficiency", "Global efficiency", "", "world",
            "Σ_{i≠j} (1 / d_ij) / N(N − 1) over the N countries with a tie",
            "Latora, Marchiori (2001), Phys. Rev. Lett. 87:198701", ("ties",), global_efficiency, (0, 1),
        ),
        *(
            Indicator(
                f"robustness_{name}", f"Robustness, {title}", "", "world",
                f"(1/N) Σ_q S(q), largest component after q removals, {title}", _SCHNEIDER,
                ("ties", "value_kusd"), _on_ties(_robustness(name)), (0, 0.5),
            )
            for name, title in (("degree", "most ties first"), ("strength", "most trade first"))
        ),
        Indicator(
            "crisis_reach", "Reach of a crisis", "fraction", "country",
            "share of other trading countries that collapse after i: f = 1, t = 0.3, capacity own trade",
            "Lee et al. (2011), PLoS ONE 6:e18443", ("value_kusd",), _on_flow(crisis_reach), (0, 1),
        ),
        Indicator(
            "average_anns", "Mean strength of trade partners", "thousand current USD", "world",
            "mean of ANNS_i over countries with a tie", _FAGIOLO, ("ties", "value_kusd"), _on_ties(average_anns),
            homogeneity=1,
        ),
        Indicator(
            "anns", "Strength of trade partners", "thousand current USD", "country",
            "Σ_j (a_ij + a_ji) s_j / k_i, s_j the value of all ties of j", _FAGIOLO, ("ties", "value_kusd"),
            _on_ties(nearest_neighbour_strength), homogeneity=1,
        ),
        Indicator(
            "core_share", "Countries in the core", "fraction", "world", "countries in the core / countries with a tie",
            _BORGATTI, ("ties",), core_share, (0, 1),
        ),
        Indicator(
            "core_fit", "Fit of core and periphery", "", "world",
            "correlation of ties within core and within periphery with 1 and 0", _BORGATTI, ("ties",), fit_of_core,
            (-1, 1),
        ),
        Indicator(
            "in_core", "In the core", "", "country", "1 in the core, 0 in the periphery", _BORGATTI, ("ties",), in_core,
            (0, 1),
        ),
    )
}  # fmt: skip


def shape(trade: xr.Dataset, ties: xr.DataArray | None = None, which: Sequence[str] | None = None) -> pl.DataFrame:
    """Compute measures of shape for every stage and year of a cube.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    which : sequence of str, optional
        Names in `SHAPE`; all without it.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, indicator, value`, as `xenotime.networks.indicators`.

    Raises
    ------
    InputError
        An unknown measure, or ties whose labels are not those of `trade`.
    """
    return panel.compute(trade, ties, which, SHAPE)
