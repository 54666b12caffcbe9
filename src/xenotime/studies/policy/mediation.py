"""Who carries Chinese goods to the United States before and after a policy: pure functions of one matrix of flows.

Han et al. (2025, iScience, doi 10.1016/j.isci.2025.113658) find that Japan, Malaysia and Viet Nam stand between the
two. Carrying is inferred by proportional mixing (`networks.mediation.tracing`, where its limits stand).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.mediation.tracing import passage

Floats = NDArray[np.float64]

ORIGIN, DESTINATION = "CHN", "USA"
#: Carriers that the literature names.
CARRIERS = ("JPN", "MYS", "VNM")


def by_route(flows: Floats, names: Sequence[str]) -> Floats:
    """Return the share of `ORIGIN`'s goods in `DESTINATION` that each country hands over as the last carrier.

    Parameters
    ----------
    flows : ndarray (n, n)
        Exporter before importer, zero on the diagonal.
    names : sequence of str
        ISO 3166 alpha-3.

    Returns
    -------
    ndarray (n,)
        At the place of `ORIGIN`, what arrives directly. Sums to one; all NaN where nothing arrives, or either end is
        not among `names`.
    """
    if ORIGIN not in names or DESTINATION not in names:
        return np.full(len(names), np.nan)
    home = names.index(ORIGIN)
    found = passage(flows, home, names.index(DESTINATION))
    if not found.arrived > 0:
        return np.full(len(names), np.nan)
    shares = found.carried / found.arrived
    shares[home] = found.direct / found.arrived
    return shares


def direct_share(flows: Floats, names: Sequence[str]) -> float:
    """Return the share that arrives without a carrier; NaN where nothing arrives."""
    shares = by_route(flows, names)
    return float(shares[names.index(ORIGIN)]) if ORIGIN in names else float("nan")


def carried_share(flows: Floats, names: Sequence[str]) -> float:
    """Return the share that `CARRIERS` hand over together; one that is not in the market carries nothing."""
    shares = by_route(flows, names)
    if np.isnan(shares).all():
        return float("nan")
    return float(shares[[names.index(name) for name in CARRIERS if name in names]].sum())
