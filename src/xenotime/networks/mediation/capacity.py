"""Flow betweenness: how much of what could be moved from one country to another needs a third.

The maximum flow F_st is the most that could go from s to t by all ways together if every pair of countries traded no
more than it does today. F_st^k is the same without country k. Country k's flow betweenness over some pairs is
Σ (F_st − F_st^k) / Σ F_st over the pairs it is not an end of: the share of possible traffic that cannot do without it
(Freeman, Borgatti, White 1991, Soc. Networks 13:141, with the flow through k taken as what its removal loses, which is
unique, as in R's sna). It asks about room, not about use: `carriers` says who does carry.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.layers import Floats, columns, layers

# SciPy's flow is of 32-bit whole numbers: all trade together is put on a scale that fits.
_SCALE = 2_000_000_000


def maximum_flows(flow: Floats, source: int, sink: int) -> tuple[float, Floats]:
    """Return F_st, and F_st^k for each k (F_st where the flow found does not touch k; NaN for both ends), shape (n,).

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Capacity of each link, in any unit, not negative. Rounded to about a two-billionth of the sum.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    total = flow.sum()
    without = np.full(len(flow), np.nan)
    if total == 0:
        return 0.0, without
    unit = total / _SCALE
    capacity = np.round(flow / unit).astype(np.int32)
    most = maximum_flow(csr_array(capacity), source, sink)
    without[:] = most.flow_value
    for k in np.flatnonzero(np.maximum(most.flow.toarray(), 0).sum(axis=0)):
        rest = capacity.copy()
        rest[k] = rest[:, k] = 0
        without[k] = maximum_flow(csr_array(rest), source, sink).flow_value
    without[[source, sink]] = np.nan
    return float(most.flow_value * unit), without * unit


def flow_betweenness(trade: xr.Dataset, pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Return each country's flow betweenness over pairs of other countries.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.
    pairs : sequence of (str, str)
        From exporter to importer, e.g. ``[("CHN", "USA")]``. All ordered pairs among some large traders give the
        measure of Freeman, Borgatti and White for them; each pair costs one maximum flow for every country on its way.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, maximum_kusd, lost_kusd, flow_betweenness`: Σ F_st and Σ (F_st − F_st^k) over pairs that
        the country is not an end of, and their ratio, from 0 to 1; null where nothing could flow.

    Raises
    ------
    InputError
        No pair, a pair of a country with itself, or a country that the cube does not hold.
    """
    pairs = list(pairs)
    apart = [isinstance(pair, (tuple, list)) and len(pair) == 2 and pair[0] != pair[1] for pair in pairs]
    if not pairs or not all(apart):
        raise InputError(
            "flow betweenness needs pairs of two different countries",
            where="networks.flow_betweenness, pairs",
            remedy='for instance [("CHN", "USA")]',
        )
    tables = []
    for layer in layers(trade):
        most, lost = np.zeros(len(layer.countries)), np.zeros(len(layer.countries))
        for source, sink in pairs:
            s, t = layer.place(source), layer.place(sink)
            largest, without = maximum_flows(layer.flow, s, t)
            other = ~np.isnan(without)
            most[other] += largest
            lost[other] += largest - without[other]
        tables.append(
            columns(
                layer,
                country=layer.countries.tolist(),
                maximum_kusd=most,
                lost_kusd=lost,
                flow_betweenness=np.divide(lost, most, out=np.full(len(most), np.nan), where=most > 0),
            )
        )
    return pl.concat(tables)
