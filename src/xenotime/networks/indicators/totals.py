"""How much: value, mass, balance and unit value of trade."""

import numpy as np

from xenotime.networks.indicators.base import Floats, Indicator, Need, ratio, total


def trade_kusd(value_kusd: Floats) -> float:
    """W = Σ_ij w_ij over known pairs."""
    return float(total(value_kusd, None))


def trade_t(value_kusd: Floats, quantity_t: Floats) -> float:
    """Σ_ij q_ij over flows of known mass; undefined where there is trade and no mass is known at all."""
    traded = np.nan_to_num(value_kusd, nan=0.0) > 0
    if traded.any() and np.isnan(quantity_t[traded]).all():
        return float("nan")
    return float(total(quantity_t, None))


def mass_coverage(value_kusd: Floats, quantity_t: Floats) -> float:
    """Share of W whose mass is known."""
    return float(ratio(total(np.where(np.isnan(quantity_t), 0.0, value_kusd), None), total(value_kusd, None)))


def exports_kusd(value_kusd: Floats) -> Floats:
    """s_i^out = Σ_j w_ij."""
    found: Floats = total(value_kusd, 1)
    return found


def imports_kusd(value_kusd: Floats) -> Floats:
    """s_i^in = Σ_j w_ji."""
    found: Floats = total(value_kusd, 0)
    return found


def balance_kusd(value_kusd: Floats) -> Floats:
    """s_i^out − s_i^in."""
    return exports_kusd(value_kusd) - imports_kusd(value_kusd)


def relative_balance(value_kusd: Floats) -> Floats:
    """(s_i^out − s_i^in) / (s_i^out + s_i^in)."""
    found: Floats = ratio(balance_kusd(value_kusd), exports_kusd(value_kusd) + imports_kusd(value_kusd))
    return found


def _weighed(value_kusd: Floats, quantity_t: Floats) -> tuple[Floats, Floats]:
    """Return value and mass of the flows whose mass is known and positive, zero elsewhere."""
    weighed = (np.nan_to_num(quantity_t, nan=0.0) > 0) & ~np.isnan(value_kusd)
    return np.where(weighed, value_kusd, 0.0), np.where(weighed, quantity_t, 0.0)


def unit_value(value_kusd: Floats, quantity_t: Floats) -> float:
    """Σ w_ij / Σ q_ij over flows of known, positive mass; thousand USD a tonne is USD a kilogram."""
    value, mass = _weighed(value_kusd, quantity_t)
    return float(ratio(value.sum(), mass.sum()))


def export_unit_value(value_kusd: Floats, quantity_t: Floats) -> Floats:
    """Σ_j w_ij / Σ_j q_ij over flows of known, positive mass."""
    value, mass = _weighed(value_kusd, quantity_t)
    found: Floats = ratio(value.sum(axis=1), mass.sum(axis=1))
    return found


def import_unit_value(value_kusd: Floats, quantity_t: Floats) -> Floats:
    """Σ_j w_ji / Σ_j q_ji over flows of known, positive mass."""
    value, mass = _weighed(value_kusd, quantity_t)
    found: Floats = ratio(value.sum(axis=0), mass.sum(axis=0))
    return found


_SUM = "sum over the flows of the stage"
_UNIT = "trade unit value, United Nations IMTS 2010 Compilers Manual"
_KUSD = "thousand current USD"
_BOTH: tuple[Need, ...] = ("value_kusd", "quantity_t")

TOTALS = (
    Indicator(
        "trade_kusd", "World trade", _KUSD, "world", "W = Σ_ij w_ij over known pairs",
        _SUM, ("value_kusd",), trade_kusd, homogeneity=1, empty=0.0,
    ),
    Indicator(
        "trade_t", "World trade by mass", "metric tonnes", "world",
        "Σ_ij q_ij over flows of known mass: understated by what mass_coverage leaves",
        _SUM, _BOTH, trade_t, empty=0.0,
    ),
    Indicator(
        "mass_coverage", "Share of value with known mass", "fraction", "world",
        "Σ_ij w_ij [q_ij known] / W", _SUM, _BOTH, mass_coverage, (0, 1),
    ),
    Indicator(
        "unit_value", "Unit value", "USD/kg", "world", "Σ_ij w_ij / Σ_ij q_ij over flows of known mass",
        _UNIT, _BOTH, unit_value, homogeneity=1,
    ),
    Indicator(
        "exports_kusd", "Exports (out-strength)", _KUSD, "country", "s_i^out = Σ_j w_ij over known pairs",
        _SUM, ("value_kusd",), exports_kusd, homogeneity=1, empty=0.0,
    ),
    Indicator(
        "imports_kusd", "Imports (in-strength)", _KUSD, "country", "s_i^in = Σ_j w_ji over known pairs",
        _SUM, ("value_kusd",), imports_kusd, homogeneity=1, empty=0.0,
    ),
    Indicator(
        "balance_kusd", "Trade balance", _KUSD, "country", "s_i^out − s_i^in",
        _SUM, ("value_kusd",), balance_kusd, (-np.inf, np.inf), homogeneity=1, empty=0.0,
    ),
    Indicator(
        "relative_balance", "Trade balance over turnover", "fraction", "country",
        "(s_i^out − s_i^in) / (s_i^out + s_i^in)", _SUM, ("value_kusd",), relative_balance, (-1, 1),
    ),
    Indicator(
        "export_unit_value", "Export unit value", "USD/kg", "country",
        "Σ_j w_ij / Σ_j q_ij over flows of known mass", _UNIT, _BOTH, export_unit_value, homogeneity=1,
    ),
    Indicator(
        "import_unit_value", "Import unit value", "USD/kg", "country",
        "Σ_j w_ji / Σ_j q_ji over flows of known mass", _UNIT, _BOTH, import_unit_value, homogeneity=1,
    ),
)  # fmt: skip
