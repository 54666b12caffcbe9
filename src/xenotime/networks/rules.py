"""Dependence rules: which flows are ties. Each rule is a formula with named parameters, listed in `RULES`.

A rule only selects ties; a tie always points in the direction of goods, from exporter *i* to importer *j*
(convention 5), although a *dependence* network is usually read from the importer to the supplier it depends on.

In the formulas w_ij is the value of goods from i to j in one stage and year, s_j^in = Σ_i w_ij the imports of j,
s_i^out = Σ_j w_ij the exports of i, W = Σ_ij w_ij. An unknown cell (status MISSING, or a mass not reported) is never a
tie and adds nothing to a sum; `dependence` counts such cells and says so.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from xenotime.core import DataWarning, InputError
from xenotime.networks.cube import shaped
from xenotime.schema import CUBE_AXES, Status

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a rule: its default, unit, meaning and admitted range.

    Attributes
    ----------
    whole : bool
        Must be a whole number.
    """

    default: float
    unit: str
    doc: str
    low: float = -np.inf
    high: float = np.inf
    whole: bool = False


@dataclass(frozen=True)
class Rule:
    """How a flow becomes a tie.

    Attributes
    ----------
    formula : str
        The condition for a tie, in the symbols of this module.
    parameters : mapping of str to Parameter
        Named as the keyword arguments of `dependence`.
    needs_small_flows : bool
        True where an extract that lists only large flows gives other ties than the complete table.
    compute : callable
        ``compute(flow, **parameters) -> ties``. `flow` has shape (..., n, n), exporter before importer, zero where
        unknown and on the diagonal; each parameter comes as an array that broadcasts against it. The result is
        boolean, of the shape of `flow`.
    measure : str
        The variable of the cube that `flow` is: ``value_kusd`` or ``quantity_t``.
    note : str
        What to beware of.
    """

    name: str
    title: str
    formula: str
    source: str
    parameters: Mapping[str, Parameter]
    needs_small_flows: bool
    compute: Callable[..., Bools]
    measure: str = "value_kusd"
    note: str = ""


def _share(flow: Floats, total: Floats) -> Floats:
    """Return flow / total, zero where the total is."""
    return np.divide(flow, total, out=np.zeros_like(flow), where=np.broadcast_to(total > 0, flow.shape))


def _import_share(flow: Floats) -> Floats:
    return _share(flow, flow.sum(axis=-2, keepdims=True))


def _export_share(flow: Floats) -> Floats:
    return _share(flow, flow.sum(axis=-1, keepdims=True))


def _value_threshold(flow: Floats, minimum_kusd: Floats) -> Bools:
    return (flow > 0) & (flow >= minimum_kusd)


def _mass_threshold(flow: Floats, minimum_t: Floats) -> Bools:
    return (flow > 0) & (flow >= minimum_t)


def _by_import_share(flow: Floats, minimum_share: Floats) -> Bools:
    return (flow > 0) & (_import_share(flow) >= minimum_share)


def _by_export_share(flow: Floats, minimum_share: Floats) -> Bools:
    return (flow > 0) & (_export_share(flow) >= minimum_share)


def _top_suppliers(flow: Floats, k: Floats) -> Bools:
    # Equal flows at the k-th place are all ties: which of them comes first would depend on the order of labels.
    n = flow.shape[-1]
    place = np.broadcast_to(np.clip(n - k, 0, n - 1).astype(np.int64), (*flow.shape[:-2], 1, n))
    least = np.take_along_axis(np.sort(flow, axis=-2), place, axis=-2)
    ties: Bools = (flow > 0) & (flow >= least)
    return ties


def _disparity(flow: Floats, alpha: Floats) -> Bools:
    present = flow > 0
    suppliers = present.sum(axis=-2, keepdims=True)
    buyers = present.sum(axis=-1, keepdims=True)
    p_in = (1 - _import_share(flow)) ** np.maximum(suppliers - 1, 0)
    p_out = (1 - _export_share(flow)) ** np.maximum(buyers - 1, 0)
    ties: Bools = present & ((p_in < alpha) | (p_out < alpha))
    return ties


def _pmi(flow: Floats, minimum: Floats) -> Bools:
    total = flow.sum(axis=(-2, -1), keepdims=True)
    expected = flow.sum(axis=-1, keepdims=True) * _share(
        flow.sum(axis=-2, keepdims=True), np.broadcast_to(total, (*flow.shape[:-2], 1, flow.shape[-1]))
    )
    ratio = _share(flow, expected)
    ties: Bools = (flow > 0) & (np.log(np.where(ratio > 0, ratio, 1.0)) > minimum)
    return ties


_RULES = (
    Rule(
        "import_share",
        "share of the importer's imports",
        "w_ij / s_j^in ≥ minimum_share",
        "supply dependence as an import share; the package's default",
        {"minimum_share": Parameter(0.05, "fraction", "least share of j's imports that come from i", 0, 1)},
        needs_small_flows=False,
        compute=_by_import_share,
        note="bounds the in-degree: at most 1 / minimum_share suppliers",
    ),
    Rule(
        "export_share",
        "share of the exporter's exports",
        "w_ij / s_i^out ≥ minimum_share",
        "dependence of the exporter on a market",
        {"minimum_share": Parameter(0.05, "fraction", "least share of i's exports that go to j", 0, 1)},
        needs_small_flows=True,
        compute=_by_export_share,
        note="bounds the out-degree: at most 1 / minimum_share markets",
    ),
    Rule(
        "value_threshold",
        "value at least",
        "w_ij ≥ minimum_kusd",
        "the field's plainest cut",
        {"minimum_kusd": Parameter(1000.0, "thousand current USD", "least value of a flow", 0)},
        needs_small_flows=True,
        compute=_value_threshold,
        note="current dollars: a price spike makes ties; for constant dollars give the threshold by year, deflated",
    ),
    Rule(
        "mass_threshold",
        "mass at least",
        "q_ij ≥ minimum_t, with q_ij the mass of the flow",
        "as value_threshold, without prices",
        {"minimum_t": Parameter(10.0, "metric tonnes", "least mass of a flow", 0)},
        needs_small_flows=True,
        compute=_mass_threshold,
        measure="quantity_t",
        note="a flow whose mass is not reported cannot be a tie",
    ),
    Rule(
        "top_k",
        "the k largest suppliers",
        "w_ij is among the k largest of {w_1j, …, w_nj} (equals at the k-th place all count)",
        "top-k suppliers",
        {"k": Parameter(3, "suppliers", "how many suppliers of each importer", 1, 1000, whole=True)},
        needs_small_flows=False,
        compute=_top_suppliers,
        note="fixes the in-degree of every importer with k suppliers or more",
    ),
    Rule(
        "disparity_filter",
        "disparity filter",
        "(1 − s_ij)^(k − 1) < alpha at either end: s_ij the share of j's imports and k its suppliers, "
        "or s_ij the share of i's exports and k its markets",
        "Serrano, Boguñá, Vespignani (2009), PNAS 106:6483, eq. 2, directed form",
        {"alpha": Parameter(0.05, "probability", "level of significance against an even random split", 0, 1)},
        needs_small_flows=True,
        compute=_disparity,
        note="an end with one partner tests nothing (k = 1 gives 1), so the other end decides",
    ),
    Rule(
        "pmi",
        "pointwise mutual information",
        "ln[ w_ij W / (s_i^out s_j^in) ] > minimum",
        "Church, Hanks (1990), Computational Linguistics 16:22; the log of the trade intensity index",
        {"minimum": Parameter(0.0, "nats", "least excess over what the two totals alone imply")},
        needs_small_flows=True,
        compute=_pmi,
        note="relative: small flows between small traders count as much as large ones",
    ),
)

#: Every dependence rule by name.
RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}


def dependence(trade: xr.Dataset, rule: str = "import_share", **parameters: Any) -> xr.DataArray:
    """Select the ties of a trade cube by a dependence rule.

    Parameters
    ----------
    trade : xarray.Dataset
        From `build`.
    rule : str
        A name in `RULES`.
    **parameters
        Of the rule; defaults stand in ``RULES[rule].parameters``. A number, or a mapping from each year of the cube
        to a number (a threshold in constant dollars is one that follows the price index).

    Returns
    -------
    xarray.DataArray
        Boolean, over `xenotime.schema.CUBE_AXES`; False on the diagonal and where trade is unknown. Attributes:
        `rule`, `formula`, `parameters`, `measure`, `direction`, `unknown_pairs`.

    Raises
    ------
    InputError
        An unknown rule or parameter, a value out of range, a year without a value.

    Warns
    -----
    DataWarning
        When the rule needs flows that an extract cut away, or pairs are unknown.
    """
    ties, said = select_ties(trade, rule, **parameters)
    if said:
        warnings.warn("\n".join(said), DataWarning, stacklevel=2)
    return ties


def select_ties(trade: xr.Dataset, rule: str, **parameters: Any) -> tuple[xr.DataArray, list[str]]:
    """Return the ties and what there is to warn about; see `dependence`."""
    if rule not in RULES:
        raise InputError(
            f"no dependence rule {rule!r}", where="networks.dependence", remedy=f"one of {', '.join(RULES)}"
        )
    trade = shaped(trade)
    chosen = RULES[rule]
    unknown = [name for name in parameters if name not in chosen.parameters]
    if unknown:
        raise InputError(
            f"rule {rule} has no parameter {', '.join(unknown)}",
            where="networks.dependence",
            remedy=f"it takes {', '.join(chosen.parameters)}",
        )
    years = [int(year) for year in trade["year"].values]
    given = {name: parameters.get(name, parameter.default) for name, parameter in chosen.parameters.items()}
    arrays = {name: _by_year(rule, name, chosen.parameters[name], value, years) for name, value in given.items()}

    flow = trade[chosen.measure].transpose(*CUBE_AXES).to_numpy()
    status = trade["status"].transpose(*CUBE_AXES).to_numpy()
    unknown_pairs = int((np.isnan(flow) & (status != Status.OWN)).sum())
    ties = chosen.compute(np.nan_to_num(flow, nan=0.0), **arrays)
    said = []
    cut = status == Status.CUT
    if chosen.needs_small_flows and cut.any():
        said.append(
            f"Rule {rule} needs small flows, and this cube has none: {int(cut.sum())} pairs are below the cut of an "
            "extract. Remedy: ingest the complete table, or use a rule that large flows decide "
            f"({', '.join(name for name, other in RULES.items() if not other.needs_small_flows)})."
        )
    if unknown_pairs:
        said.append(
            f"{unknown_pairs} pairs of countries (over stages and years) have no known {chosen.measure}: they are no "
            "tie and add nothing to shares, so ties are a lower bound. trade['status'] names them."
        )
    result = xr.DataArray(
        ties,
        coords={axis: trade[axis] for axis in CUBE_AXES},
        dims=CUBE_AXES,
        name="tie",
        attrs={
            "rule": rule,
            "formula": chosen.formula,
            "parameters": given,
            "measure": chosen.measure,
            "direction": "goods: exporter -> importer",
            "unknown_pairs": unknown_pairs,
        },
    )
    return result, said


def _by_year(rule: str, name: str, parameter: Parameter, value: Any, years: list[int]) -> Floats:
    """Return the parameter as an array of shape (year or 1, 1, 1), after checking its range."""
    if isinstance(value, Mapping):
        absent = [str(year) for year in years if year not in value]
        if absent:
            raise InputError(
                f"{name} has no value for {', '.join(absent)}",
                where=f"networks.dependence, rule {rule}",
                remedy="give one for every year of the cube, or a single number",
            )
        numbers = [value[year] for year in years]
    else:
        numbers = [value]
    for number in numbers:
        fits = isinstance(number, (int, float, np.number)) and not isinstance(number, bool)
        fits = fits and parameter.low <= number <= parameter.high and not (parameter.whole and number != int(number))
        if not fits:
            raise InputError(
                f"{name} = {number!r} must be a {'whole ' if parameter.whole else ''}number between {parameter.low:g} "
                f"and {parameter.high:g} ({parameter.unit})",
                where=f"networks.dependence, rule {rule}",
                remedy="rates are fractions: 0.05 is 5 %" if parameter.unit == "fraction" else "mend the parameter",
            )
    return np.array(numbers, dtype=float)[:, None, None]
