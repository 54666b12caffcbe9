"""How much two countries depend on each other, and which of them more; one row a pair that trades.

In the symbols of docs/networks.md: w_ij goods from i to j, s_i^out and s_j^in the exports and imports, W the world's.
"""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.networks.indicators.base import Floats, ratio
from xenotime.networks.layers import columns, layers


def trade_intensity(flow: Floats) -> Floats:
    """Return PMI_ij = ln[w_ij W / (s_i^out s_j^in)], shape (n, n); NaN where there is no flow."""
    expected = np.outer(flow.sum(axis=1), ratio(flow.sum(axis=0), flow.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(flow > 0, np.log(ratio(flow, expected)), np.nan)
    return found


def bargaining(flow: Floats) -> Floats:
    """Return w_ij / s_j^in − w_ij / s_i^out, shape (n, n): above 0 where importer j depends more; NaN without a flow.

    Hirschman (1945), National Power and the Structure of Foreign Trade: who can do without the other has the upper
    hand. The difference of the two dependences is in −1 … 1.
    """
    found: Floats = np.where(flow > 0, _of_imports(flow) - _of_exports(flow), np.nan)
    return found


def bargaining_power(flow: Floats) -> Floats:
    """Return Σ_j (w_ij / s_i^out) (w_ij / s_j^in − w_ij / s_i^out), shape (n,): an exporter's mean over its goods."""
    found: Floats = np.where(
        flow.sum(axis=1) > 0, np.nansum(_of_exports(flow) * np.nan_to_num(bargaining(flow)), axis=1), np.nan
    )
    return found


def interdependence(flow: Floats) -> tuple[Floats, Floats, Floats]:
    """Return salience, symmetry and interdependence of each pair, shape (n, n), symmetric (Barbieri 1996).

    With g_ij = (w_ij + w_ji) / (s_i^out + s_i^in), the partner's share in a country's trade: salience √(g_ij g_ji),
    symmetry 1 − |g_ij − g_ji|, interdependence their product; NaN where the pair does not trade.
    """
    both = flow + flow.T
    share = ratio(both, both.sum(axis=1, keepdims=True))
    trades = both > 0
    salience = np.where(trades, np.sqrt(share * share.T), np.nan)
    symmetry = np.where(trades, 1 - np.abs(share - share.T), np.nan)
    return salience, symmetry, salience * symmetry


def _of_imports(flow: Floats) -> Floats:
    found: Floats = ratio(flow, flow.sum(axis=0, keepdims=True))
    return found


def _of_exports(flow: Floats) -> Floats:
    found: Floats = ratio(flow, flow.sum(axis=1, keepdims=True))
    return found


def dependences(trade: xr.Dataset) -> pl.DataFrame:
    """Measure every flow's weight for its importer and for its exporter, and the pair's for both.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.

    Returns
    -------
    polars.DataFrame
        One row a flow, `stage, year, exporter, importer, value_kusd` and

        - `import_share` w_ij / s_j^in and `export_share` w_ij / s_i^out;
        - `pmi` ln[w_ij W / (s_i^out s_j^in)], in nats: above 0 where the pair trades more than its sizes say (Church,
          Hanks 1990; the log of the trade intensity index). Large for tiny traders: read it beside the value;
        - `bargaining` import_share − export_share, −1 … 1: above 0 where the importer depends more (Hirschman 1945);
        - `salience`, `symmetry`, `interdependence` of the pair, both directions together (Barbieri 1996, J. Peace Res.
          33:29), 0 … 1.
    """
    tables = []
    for layer in layers(trade):
        i, j = np.nonzero(layer.flow)
        salience, symmetry, mutual = interdependence(layer.flow)
        arrays = {
            "value_kusd": layer.flow,
            "import_share": _of_imports(layer.flow),
            "export_share": _of_exports(layer.flow),
            "pmi": trade_intensity(layer.flow),
            "bargaining": bargaining(layer.flow),
            "salience": salience,
            "symmetry": symmetry,
            "interdependence": mutual,
        }
        tables.append(
            columns(
                layer,
                exporter=pl.Series(layer.countries[i].tolist(), dtype=pl.String),
                importer=pl.Series(layer.countries[j].tolist(), dtype=pl.String),
                **{name: array[i, j] for name, array in arrays.items()},
            )
        )
    return pl.concat(tables)
