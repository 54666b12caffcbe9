"""Other shapes to a `Panel`: xarray cubes, networkx graphs, long polars frames. Labels are matched, not places."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.tergm.labels import check_same
from xenotime.tergm.panel import Panel


def panel_from_xarray(ties: Any, directed: bool, covariates: Mapping[str, Any]) -> Panel:
    """Make a panel from a DataArray over (year, sender, receiver), under whatever names.

    A covariate over two of the ties' dimensions (sender and receiver), with or without the year, is one of dyads; one
    over a single other dimension is one of nodes. Labels are matched, not positions.
    """
    if ties.ndim != 3:
        raise InputError(f"ties have dimensions {ties.dims}", remedy="give (year, sender, receiver); select one stage")
    when, tail, head = ties.dims
    nodes = [str(label) for label in ties[tail].values]
    check_same([str(label) for label in ties[head].values], nodes, f"'{head}'")
    ties = ties.sel({head: ties[tail].values})
    per_node, per_dyad = {}, {}
    for name, given in covariates.items():
        values = given
        if when in values.dims:
            check_same(values[when].values.tolist(), ties[when].values.tolist(), f"years of '{name}'")
            values = values.sel({when: ties[when].values})
        rest = [dimension for dimension in values.dims if dimension != when]
        for dimension in rest:
            check_same([str(label) for label in values[dimension].values], nodes, f"'{name}' ({dimension})")
            values = values.sel({dimension: ties[tail].values})
        if set(rest) == {tail, head}:
            per_dyad[name] = values.transpose(*([when] * (when in values.dims)), tail, head).values
        elif len(rest) == 1:
            per_node[name] = values.transpose(*([when] * (when in values.dims)), rest[0]).values
        else:
            raise InputError(f"covariate '{name}' has dimensions {given.dims}", remedy=f"use {(when, tail, head)}")
    return Panel.from_arrays(
        ties.values,
        years=[int(year) for year in ties[when].values],
        nodes=nodes,
        directed=directed,
        node_covariates=per_node,
        dyad_covariates=per_dyad,
    )


def panel_from_networkx(graphs: Mapping[int, Any] | Sequence[Any]) -> Panel:
    """Make a panel from networkx graphs, one a year, in order of years; a node absent from a graph does not exist then.

    Node attributes that every node of every graph has become node covariates.
    """
    by_year = dict(graphs) if isinstance(graphs, Mapping) else dict(enumerate(graphs, start=1))
    years = sorted(by_year)
    if not years:
        raise InputError("no graphs are given")
    kinds = {by_year[year].is_directed() for year in years}
    if len(kinds) > 1:
        raise InputError("some graphs are directed and some are not", remedy="make them alike")
    nodes = list(dict.fromkeys(node for year in years for node in by_year[year].nodes))
    place = {node: number for number, node in enumerate(nodes)}
    directed = kinds.pop()
    ties, exists = np.zeros((len(years), len(nodes), len(nodes))), np.zeros((len(years), len(nodes)), bool)
    for step, year in enumerate(years):
        exists[step, [place[node] for node in by_year[year].nodes]] = True
        for tail, head in by_year[year].edges:
            ties[step, place[tail], place[head]] = 1
            if not directed:
                ties[step, place[head], place[tail]] = 1
    shared = set.intersection(*(set(data) for year in years for _, data in by_year[year].nodes(data=True)))
    covariates = {}
    for name in sorted(shared):
        found = {node: data[name] for year in reversed(years) for node, data in by_year[year].nodes(data=True)}
        covariates[name] = np.array(
            [
                [by_year[year].nodes[node][name] if node in by_year[year] else found[node] for node in nodes]
                for year in years
            ]
        )
    return Panel.from_arrays(ties, years, nodes, directed, covariates, exists=exists)


def panel_from_polars(
    ties: pl.DataFrame, nodes: pl.DataFrame | None, dyads: pl.DataFrame | None, directed: bool
) -> Panel:
    """Make a panel from long frames.

    Parameters
    ----------
    ties : DataFrame
        year, sender, receiver, and optionally tie (0/1, null = unknown); pairs that are not listed have no tie.
    nodes : DataFrame, optional
        year, node, and covariates; a node without a row in a year does not exist in it. Absent: all nodes of `ties`.
    dyads : DataFrame, optional
        sender, receiver, covariates, and optionally year; every pair must be listed.
    directed : bool
    """
    for frame, needed, what in ((ties, ("year", "sender", "receiver"), "ties"), (nodes, ("year", "node"), "nodes")):
        missing = [] if frame is None else [name for name in needed if name not in frame.columns]
        if missing:
            raise InputError(f"the frame of {what} has no column {', '.join(missing)}")
    ends = pl.concat([ties["sender"], ties["receiver"]]).cast(pl.String)
    labels = sorted((ends if nodes is None else nodes["node"].cast(pl.String)).unique().to_list())
    foreign = set(ends.to_list()) - set(labels)
    if foreign:
        check_same([*labels, *foreign], labels, "ties' ends")
    years = sorted((ties if nodes is None else nodes)["year"].unique().to_list())
    step, place = {year: t for t, year in enumerate(years)}, {label: i for i, label in enumerate(labels)}
    shape = (len(years), len(labels), len(labels))
    values = np.zeros(shape)
    listed = ties.select(
        "year",
        pl.col("sender").cast(pl.String),
        pl.col("receiver").cast(pl.String),
        (pl.col("tie") if "tie" in ties.columns else pl.lit(1)).cast(pl.Float64).alias("tie"),
    )
    for year, tail, head, tie in listed.iter_rows():
        if year not in step:
            raise InputError(f"ties of {year}, but no node exists in that year")
        known = np.nan if tie is None else tie
        values[step[year], place[tail], place[head]] = known
        if not directed:
            values[step[year], place[head], place[tail]] = known
    exists, per_node = None, {}
    if nodes is not None:
        exists = np.zeros(shape[:2], bool)
        rows = [step[year] for year in nodes["year"]], [place[str(node)] for node in nodes["node"]]
        exists[rows] = True
        for name in [column for column in nodes.columns if column not in {"year", "node"}]:
            text = nodes[name].dtype == pl.String
            filled = np.full(shape[:2], "" if text else np.nan, dtype=object if text else float)
            filled[rows] = nodes[name].to_numpy()
            per_node[name] = filled
    return Panel.from_arrays(values, years, labels, directed, per_node, _dyads(dyads, step, place, shape), None, exists)


def _dyads(
    frame: pl.DataFrame | None, step: dict[int, int], place: dict[str, int], shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Return dyad covariates of a long frame; a pair that is not listed is NaN, and the fit will name it."""
    if frame is None:
        return {}
    keys = {"year", "sender", "receiver"}
    tails, heads = ([place[str(label)] for label in frame[end]] for end in ("sender", "receiver"))
    result = {}
    for name in [column for column in frame.columns if column not in keys]:
        filled = np.full(shape if "year" in frame.columns else shape[1:], np.nan)
        where = ([step[year] for year in frame["year"]], tails, heads) if "year" in frame.columns else (tails, heads)
        filled[where] = frame[name].cast(pl.Float64).to_numpy()
        result[name] = filled
    return result
