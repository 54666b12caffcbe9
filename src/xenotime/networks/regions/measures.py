"""What is measured of one network and one grouping, listed in `REGION_MEASURES`; each a pure function of arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.quality import modularity, trades
from xenotime.networks.regions.concentration import exports, hhi, imports, theil, theil_parts
from xenotime.networks.regions.distance import mean_distance
from xenotime.networks.regions.shares import ei_index, ei_index_of_ties, relative_intensity, within_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Measure:
    """One measure of regionalisation.

    Attributes
    ----------
    function : callable
        ``function(weight, group, distance) -> float``: values (n, n), group (n,) with negative for none, km (n, n).
    tested : bool
        Whether a null that keeps every country's exports and imports says anything of it: not of their concentration.
    more_regional : int
        1 where a higher value is more regional, −1 where a lower one is, 0 where neither.
    """

    name: str
    title: str
    unit: str
    definition: str
    paper: str
    function: Callable[[Floats, Ints, Floats], float]
    tested: bool = True
    more_regional: int = 0


def _group_exports(weight: Floats, group: Ints) -> Floats:
    inside = group >= 0
    return np.bincount(group[inside], weights=weight.sum(axis=1)[inside], minlength=1).astype(float)


_THEIL = "Theil (1967), Economics and Information Theory"
_HHI = "Herfindahl (1950); Hirschman (1964), Am. Econ. Rev. 54:761"

_MEASURES = (
    Measure(
        "within_share", "Share of trade within groups", "fraction", "I / (I + E), by value",
        "intra-regional trade share", lambda w, g, d: within_share(w, g), more_regional=1,
    ),
    Measure(
        "ei_index", "E–I index by value", "", "(E − I) / (E + I), by value",
        "Krackhardt, Stern (1988), Soc. Psychol. Q. 51:123", lambda w, g, d: ei_index(w, g), more_regional=-1,
    ),
    Measure(
        "ei_index_ties", "E–I index of ties", "", "(E − I) / (E + I), each tie counting 1",
        "Krackhardt, Stern (1988), Soc. Psychol. Q. 51:123", lambda w, g, d: ei_index_of_ties(w, g), more_regional=-1,
    ),
    Measure(
        "relative_intensity", "Trade within groups over its expectation", "ratio",
        "I / Ê[I], ŵ_ij ∝ s_i^out s_j^in, i ≠ j",
        "Anderson, Norheim (1993), in Regional Integration and the Global Trading System",
        lambda w, g, d: relative_intensity(w, g), more_regional=1,
    ),
    Measure(
        "modularity", "Modularity of the groups", "", "Σ_ij [w_ij / W − s_i^out s_j^in / W²] δ(g_i, g_j)",
        "Leicht, Newman (2008), Phys. Rev. Lett. 100:118703", lambda w, g, d: modularity(w, g), more_regional=1,
    ),
    Measure(
        "mean_distance", "Mean distance of trade", "km", "Σ_ij w_ij d_ij / Σ_ij w_ij, capitals' great circle",
        "Carrère, Schiff (2005), Rev. Écon. 56:1249", lambda w, g, d: mean_distance(w, d), more_regional=-1,
    ),
    Measure(
        "flow_hhi", "HHI of flows", "", "Σ_ij (w_ij / W)²", _HHI, lambda w, g, d: hhi(w.ravel()),
    ),
    Measure(
        "export_hhi", "HHI of exporters", "", "Σ_i (s_i^out / W)²", _HHI,
        lambda w, g, d: hhi(exports(w)), tested=False,
    ),
    Measure(
        "group_export_hhi", "HHI of groups' exports", "",
        "Σ_g S_g², S_g the share in exports of all groups", _HHI,
        lambda w, g, d: hhi(_group_exports(w, g)), tested=False,
    ),
    Measure(
        "export_theil", "Theil index of exports", "nats", "Σ_i s_i ln(n s_i)", _THEIL,
        lambda w, g, d: theil(exports(w)), tested=False,
    ),
    Measure(
        "export_theil_between", "Theil index of exports, between groups", "nats", "Σ_g S_g ln(S_g n / n_g)", _THEIL,
        lambda w, g, d: theil_parts(exports(w), g[trades(w)])[0], tested=False,
    ),
    Measure(
        "export_theil_within", "Theil index of exports, within groups", "nats", "Σ_g S_g T_g", _THEIL,
        lambda w, g, d: theil_parts(exports(w), g[trades(w)])[1], tested=False,
    ),
    Measure(
        "import_theil", "Theil index of imports", "nats", "Σ_i s_i ln(n s_i)", _THEIL,
        lambda w, g, d: theil(imports(w)), tested=False,
    ),
    Measure(
        "import_theil_between", "Theil index of imports, between groups", "nats", "Σ_g S_g ln(S_g n / n_g)", _THEIL,
        lambda w, g, d: theil_parts(imports(w), g[trades(w)])[0], tested=False,
    ),
    Measure(
        "import_theil_within", "Theil index of imports, within groups", "nats", "Σ_g S_g T_g", _THEIL,
        lambda w, g, d: theil_parts(imports(w), g[trades(w)])[1], tested=False,
    ),
)  # fmt: skip

REGION_MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _MEASURES}
