"""How concentrated: Herfindahl–Hirschman indices and top-k shares of exports, imports and each importer's suppliers."""

from collections.abc import Callable

import numpy as np

from xenotime.networks.indicators.base import Floats, Indicator, Need, ratio, shares, total

TOP = (1, 3, 5)


def _shares_of(totals: Floats) -> Floats:
    """Return each country's share in the world, of totals (n,) where NaN is unknown."""
    found: Floats = ratio(np.nan_to_num(totals, nan=0.0), np.nansum(totals))
    return found


def export_share(value_kusd: Floats) -> Floats:
    """s_i^out / W."""
    return _shares_of(total(value_kusd, 1))


def import_share(value_kusd: Floats) -> Floats:
    """s_i^in / W."""
    return _shares_of(total(value_kusd, 0))


def export_hhi(value_kusd: Floats) -> float:
    """Σ_i (s_i^out / W)²."""
    return float((export_share(value_kusd) ** 2).sum())


def import_hhi(value_kusd: Floats) -> float:
    """Σ_j (s_j^in / W)²."""
    return float((import_share(value_kusd) ** 2).sum())


def supplier_hhi(value_kusd: Floats) -> Floats:
    """Σ_i (w_ij / s_j^in)², for each importer j."""
    found: Floats = (shares(value_kusd, 0) ** 2).sum(axis=0)
    return found


def market_hhi(value_kusd: Floats) -> Floats:
    """Σ_j (w_ij / s_i^out)², for each exporter i."""
    found: Floats = (shares(value_kusd, 1) ** 2).sum(axis=1)
    return found


def _largest(parts: Floats, k: int) -> Floats:
    """Return the sum of the k largest along the first axis; NaN where any part is NaN (an undefined share)."""
    found: Floats = np.minimum(np.sort(parts, axis=0)[::-1][:k].sum(axis=0), 1.0)
    return np.where(np.isnan(parts).any(axis=0), np.nan, found)


def top_exporters(k: int) -> Callable[[Floats], float]:
    """Return the indicator: share of the k largest exporters in world exports."""
    return lambda value_kusd: float(_largest(export_share(value_kusd), k))


def top_importers(k: int) -> Callable[[Floats], float]:
    """Return the indicator: share of the k largest importers in world imports."""
    return lambda value_kusd: float(_largest(import_share(value_kusd), k))


def top_suppliers(k: int) -> Callable[[Floats], Floats]:
    """Return the indicator: share of each importer's k largest suppliers in its imports."""
    return lambda value_kusd: _largest(shares(value_kusd, 0), k)


_HHI = "Herfindahl (1950); Hirschman (1964), Am. Econ. Rev. 54:761; times 10,000 in competition law"
_CR = "concentration ratio CR_k"
_VALUE: tuple[Need, ...] = ("value_kusd",)

CONCENTRATION = (
    Indicator(
        "export_hhi", "HHI of exporters", "", "world", "Σ_i (s_i^out / W)²", _HHI, _VALUE, export_hhi, (0, 1)
    ),
    Indicator(
        "import_hhi", "HHI of importers", "", "world", "Σ_j (s_j^in / W)²", _HHI, _VALUE, import_hhi, (0, 1)
    ),
    *(
        Indicator(
            f"export_top{k}", f"Share of the {k} largest exporter{'s' if k > 1 else ''}", "fraction", "world",
            f"sum of the {k} largest s_i^out / W", _CR, _VALUE, top_exporters(k), (0, 1),
        )
        for k in TOP
    ),
    *(
        Indicator(
            f"import_top{k}", f"Share of the {k} largest importer{'s' if k > 1 else ''}", "fraction", "world",
            f"sum of the {k} largest s_j^in / W", _CR, _VALUE, top_importers(k), (0, 1),
        )
        for k in TOP
    ),
    Indicator(
        "export_share", "Share in world exports", "fraction", "country", "s_i^out / W",
        _CR, _VALUE, export_share, (0, 1),
    ),
    Indicator(
        "import_share", "Share in world imports", "fraction", "country", "s_i^in / W",
        _CR, _VALUE, import_share, (0, 1),
    ),
    Indicator(
        "supplier_hhi", "HHI of suppliers", "", "country", "Σ_i (w_ij / s_j^in)² for importer j",
        _HHI, _VALUE, supplier_hhi, (0, 1),
    ),
    Indicator(
        "market_hhi", "HHI of markets", "", "country", "Σ_j (w_ij / s_i^out)² for exporter i",
        _HHI, _VALUE, market_hhi, (0, 1),
    ),
    Indicator(
        "import_dependence", "Share of the largest supplier", "fraction", "country", "max_i w_ij / s_j^in",
        _CR, _VALUE, top_suppliers(1), (0, 1),
    ),
    *(
        Indicator(
            f"supplier_top{k}", f"Share of the {k} largest suppliers", "fraction", "country",
            f"sum of the {k} largest w_ij / s_j^in", _CR, _VALUE, top_suppliers(k), (0, 1),
        )
        for k in TOP[1:]
    ),
)  # fmt: skip
