"""Hand a network to other tools: as a networkx graph, and from there to GraphML, igraph, Gephi or R."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.cube import sound
from xenotime.schema import CUBE_AXES

if TYPE_CHECKING:
    import networkx


def to_networkx(trade: xr.Dataset, stage: str, year: int, ties: xr.DataArray | None = None) -> "networkx.DiGraph":
    """Return the network of one stage and year as a networkx graph.

    Parameters
    ----------
    trade : xarray.Dataset
        From `build`.
    stage, year
        Which network.
    ties : xarray.DataArray, optional
        From `dependence`; its ties become the edges. Without it every positive flow does.

    Returns
    -------
    networkx.DiGraph
        All countries of the cube as nodes, edges from exporter to importer with `value_kusd` and, where the mass is
        known, `quantity_t`. ``networkx.write_graphml`` takes it as it is.

    Raises
    ------
    InputError
        The cube has no such stage or year.
    """
    import networkx as nx

    trade = sound(trade)
    for axis, label in (("stage", stage), ("year", year)):
        if label not in trade[axis].values:
            held = ", ".join(str(one) for one in trade[axis].values)
            raise InputError(f"no {axis} {label!r}", where="networks.to_networkx", remedy=f"the cube holds {held}")
    layer = trade.sel(stage=stage, year=year).transpose(*CUBE_AXES[2:])
    value, mass = layer["value_kusd"].to_numpy(), layer["quantity_t"].to_numpy()
    if ties is None:
        edges = np.nan_to_num(value, nan=0.0) > 0
    else:
        edges = ties.sel(stage=stage, year=year).transpose(*CUBE_AXES[2:]).to_numpy()
    countries = [str(country) for country in layer["exporter"].values]
    graph = nx.DiGraph(
        chain=str(trade.attrs.get("chain", "")),
        stage=stage,
        year=int(year),
        sources="; ".join(trade.attrs.get("sources", ())),
        direction=str(trade.attrs.get("direction", "goods: exporter -> importer")),
    )
    graph.add_nodes_from(countries)
    for i, j in zip(*np.nonzero(edges), strict=True):
        known = {"value_kusd": value[i, j], "quantity_t": mass[i, j]}
        graph.add_edge(
            countries[i], countries[j], **{name: float(one) for name, one in known.items() if not np.isnan(one)}
        )
    return graph
