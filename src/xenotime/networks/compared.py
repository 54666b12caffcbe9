"""Tables of the shape of trade as `compare` sets them beside each other, listed in `SHAPE_TABLES`.

Each entry is one function of `networks`, asked the same question of both networks: whose trade is followed, which
blocs, which thresholds stands in `Questions`. Communities are those of the baseline, held, and found anew as columns
of their own. Nulls are left to the functions themselves, since a comparison has a yardstick of its own. A new entry is
a function here and a line in `SHAPE_TABLES`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.communities import COMMUNITY_METHODS, communities
from xenotime.networks.communities.quality import modularity, placed_alike
from xenotime.networks.competition import chokepoints, dependences, export_competition, import_competition
from xenotime.networks.indicators.concentration import supplier_hhi
from xenotime.networks.layers import ByCountry, Ints, Layer, columns, layers
from xenotime.networks.mediation import brokerage, carriers, flow_betweenness, origins, stage_origins
from xenotime.networks.regions import homophily, regionalisation
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.shares import within_share
from xenotime.networks.regression import mrqap
from xenotime.networks.resilience import (
    attack,
    chain_crisis,
    crisis,
    critical_links,
    edge_interruption,
    epidemic,
    trade_risk,
)
from xenotime.networks.structure import core_periphery, moran, motifs, rich_club
from xenotime.reference import countries

#: Column of a table with one row a seed of the partition: not part of what a row is of.
SEED = "partition_seed"
#: Curves are read where this share of countries, or of ties, is gone.
GONE = (0.05, 0.1, 0.25, 0.5)


@dataclass(frozen=True)
class Questions:
    """What is asked of both networks of a comparison.

    Attributes
    ----------
    origin, destination : str
        Whose goods are followed, and where to.
    blocs : sequence of str
        Of `xenotime.reference.blocs`; each is measured by itself, with its members of that year.
    threshold, cut, input_threshold : float
        Of crises (`crisis`, `chain_crisis`).
    instability : mapping, optional
        By country, for `trade_risk`.
    partitions : int
        Seeds of the partition: the baseline's communities are searched as many times, anew in each of its draws.
    seed : int
        Not negative.
    """

    origin: str = "CHN"
    destination: str = "USA"
    blocs: Sequence[str] = ("ASEAN", "BRICS", "EU", "MSP", "NAFTA", "RCEP")
    threshold: float = 0.3
    cut: float = 1.0
    input_threshold: float = 0.5
    instability: ByCountry | None = None
    partitions: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        if self.partitions < 1 or self.seed < 0 or isinstance(self.blocs, str):
            raise InputError(
                f"partitions = {self.partitions!r}, seed = {self.seed!r}, blocs = {self.blocs!r}",
                where="networks.compare, questions",
                remedy='give one partition or more, a seed that is not negative, and a list of blocs: ["EU"]',
            )


@dataclass(frozen=True)
class Held:
    """Questions, and the communities of the baseline: by stage and year, an array (partitions, n), −1 for none."""

    questions: Questions
    partitions: Mapping[tuple[str, int], Ints] = field(default_factory=dict)

    def partition(self, layer: Layer) -> Ints | None:
        """Return the baseline's partitions of the layer's stage: of its year, else of the last held."""
        of_stage = {year: found for (stage, year), found in self.partitions.items() if stage == layer.stage}
        return of_stage.get(layer.year, of_stage[max(of_stage)] if of_stage else None)


def held(questions: Questions, baseline: xr.Dataset | None) -> Held:
    """Find the communities of a baseline (without draws), once a seed; without a baseline none are held.

    Each is one search and no consensus of many, so that the luck of the search is in the spread over seeds.
    """
    if baseline is None:
        return Held(questions)
    place = {str(name): k for k, name in enumerate(baseline["exporter"].values)}
    found: dict[tuple[str, int], Ints] = {}
    for k in range(questions.partitions):
        members = communities(baseline, runs=1, coupling=0.0, seed=questions.seed + k).members
        for (stage, year), part in members.group_by("stage", "year"):
            labels = found.setdefault(
                (str(stage), int(str(year))), np.full((questions.partitions, len(place)), -1, dtype=np.int64)
            )
            labels[k, [place[name] for name in part["country"]]] = part["community"].to_numpy()
    return Held(questions, found)


def _communities(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    """Measure the baseline's communities on a network, and those that the same search finds in it."""
    method = COMMUNITY_METHODS["modularity"]
    seeds = np.arange(asked.questions.partitions, dtype=np.int64) + asked.questions.seed
    tables = []
    for layer in layers(trade, ties):
        here = layer.flow.any(axis=0) | layer.flow.any(axis=1)
        if not here.any():
            continue
        flow = np.ascontiguousarray(layer.flow[np.ix_(here, here)])
        anew = method.search(flow, 1.0, seeds)
        partition = asked.partition(layer)
        kept = np.full((len(seeds), len(flow)), -1) if partition is None else partition[:, here]
        known = partition is not None
        mass = flow.sum(axis=0) + flow.sum(axis=1)
        tables.append(
            columns(
                layer,
                **{
                    SEED: seeds,
                    "modularity": [modularity(flow, one) if known else np.nan for one in kept],
                    "within_share": [within_share(flow, one) if known else np.nan for one in kept],
                    "modularity_anew": method.quality(flow, anew, 1.0),
                    "number_anew": (anew.max(axis=1) + 1).astype(float),
                    "alike_anew": [
                        placed_alike(one, other, mass) if known else np.nan
                        for one, other in zip(kept, anew, strict=True)
                    ],
                },
            )
        )
    return pl.concat(tables) if tables else _nothing()


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"stage": pl.String, "year": pl.Int16})


def _regions(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    return _wide(regionalisation(trade, "region", nulls=0))


def _blocs(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    one = [
        _wide(regionalisation(trade, bloc, which=["within_share"], nulls=0)).with_columns(bloc=pl.lit(bloc))
        for bloc in asked.questions.blocs
    ]
    return pl.concat(one) if one else _nothing()


def _wide(long: pl.DataFrame) -> pl.DataFrame:
    return long.pivot("measure", index=["stage", "year"], values="value")


def _homophily(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    return homophily(trade, "region").select("stage", "year", "homophily", "times", "distance_elasticity")


def _carriers(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    """Return every country: who carries nothing carries zero, where anything arrives at all."""
    found = carriers(trade, asked.questions.origin, asked.questions.destination)
    arrives = (
        found.filter(pl.col("country") == asked.questions.origin)
        .select("stage", "year", arrives=pl.col("carried_share").is_not_null())
        .join(pl.DataFrame({"country": trade["exporter"].values.astype(str)}), how="cross")
    )
    numbers = pl.col("carried_kusd", "carried_share", "through_kusd", "through_share")
    whole = arrives.join(found, on=["stage", "year", "country"], how="left", maintain_order="left")
    return whole.with_columns(pl.when("arrives").then(numbers.fill_null(0.0)).otherwise(numbers)).drop("arrives")


def _flow_betweenness(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    pair = (asked.questions.origin, asked.questions.destination)
    return flow_betweenness(trade, [pair]).drop("lost_kusd")


def _brokerage(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    region = dict(countries().select("iso3", "region").drop_nulls().iter_rows())
    place = {str(name): region.get(str(name), "elsewhere") for name in trade["exporter"].values}
    return brokerage(trade, place, ties)


def _attack(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    curves = attack(trade, ties, points=20, draws=5, seed=asked.questions.seed)
    whole = curves.select("stage", "year", "strategy", "robustness").unique(maintain_order=True)
    read = _read(curves, "strategy", ("largest_component", "efficiency", "trade_left"))
    return pl.concat([whole.with_columns(gone=pl.lit("throughout")), read], how="diagonal")


def _edge_interruption(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    curves = edge_interruption(trade, ties, ("value", "critical"), points=20)
    return _read(curves, "order", ("anns_kusd", "clustering", "efficiency"))


def _read(curves: pl.DataFrame, by: str, names: Sequence[str]) -> pl.DataFrame:
    """Return curves where `GONE` is removed, on straight lines between their points."""
    rows = []
    for key, part in curves.sort("removed").group_by("stage", "year", by, maintain_order=True):
        at = part["removed"].to_numpy()
        for gone in GONE:
            values = [float(np.interp(gone, at, part[name].to_numpy())) for name in names]
            rows.append((*key, f"{100 * gone:g} % gone", *values))
    schema = {"stage": pl.String, "year": pl.Int16, by: pl.String, "gone": pl.String} | dict.fromkeys(names, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))


def _crisis(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    return crisis(trade, asked.questions.cut, asked.questions.threshold).drop("capacity")


def _chain_crisis(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    ask = asked.questions
    begun = [str(stage) for stage in trade["stage"].values][:-1]
    tables = [chain_crisis(trade, stage, None, ask.cut, ask.threshold, ask.input_threshold) for stage in begun]
    return pl.concat(tables).drop("capacity", "first_round")


def _stage_origins(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    stages = [str(stage) for stage in trade["stage"].values]
    return pl.concat(stage_origins(trade, *pair) for pair in pairwise(stages))


def _epidemic(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    return epidemic(trade, ties, draws=50, seed=asked.questions.seed).drop("infected_error")


def _trade_risk(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    assert asked.questions.instability is not None
    return trade_risk(trade, asked.questions.instability)


def _rich_club(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    found = rich_club(trade, ties, draws=2, seed=asked.questions.seed).select("stage", "year", "degree", "density")
    return found.with_columns(degree=pl.format("more than {} ties", "degree"))


def _motifs(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    return motifs(trade, ties, draws=20, seed=asked.questions.seed).select("stage", "year", "triad", "count", "z")


def _moran(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    """Ask whether near countries are alike in the concentration of their suppliers."""
    km = distances_km([str(name) for name in trade["exporter"].values])
    near = np.divide(1.0, km, out=np.zeros_like(km), where=km > 0)  # NaN compares false
    tables = []
    for layer in layers(trade, ties):
        hhi = supplier_hhi(layer.flow)
        hhi = np.where(near.any(axis=1), hhi, np.nan)
        told = hhi[~np.isnan(hhi)]
        enough = len(told) >= 3 and float(np.ptp(told)) > 0
        tables.append(columns(layer, i=[moran(hhi, near, 1).i if enough else np.nan]))
    return pl.concat(tables)


def _mrqap(trade: xr.Dataset, ties: xr.DataArray, asked: Held) -> pl.DataFrame:
    """Regress ties on being of one region and on distance, among the countries with a tie."""
    names = np.array([str(name) for name in trade["exporter"].values])
    region = dict(countries().select("iso3", "region").drop_nulls().iter_rows())
    where = np.array([region.get(name, "elsewhere") for name in names])
    km = distances_km(names.tolist())
    tables = []
    for layer in layers(trade, ties):
        at = np.flatnonzero((layer.ties.any(axis=0) | layer.ties.any(axis=1)) & ~np.isnan(km.diagonal()))
        inside = np.ix_(at, at)
        given = {
            "same_region": (where[at][:, None] == where[at]).astype(float),
            "ln_distance": np.log(np.maximum(km[inside], 1.0)),
        }
        try:
            fit = mrqap(layer.ties[inside].astype(float), given, permutations=1)
        except InputError:  # too few countries, or all of one region: nothing to tell apart
            continue
        tables.append(columns(layer, network=list(fit.names), coefficient=fit.coefficients))
    return pl.concat(tables) if tables else _nothing()


def _always(trade: xr.Dataset, questions: Questions) -> str | None:
    return None


def _holds_ends(trade: xr.Dataset, questions: Questions) -> str | None:
    absent = {questions.origin, questions.destination} - {str(name) for name in trade["exporter"].values}
    return f"the cube does not hold {', '.join(sorted(absent))}" if absent else None


def _holds_stages(trade: xr.Dataset, questions: Questions) -> str | None:
    return "the cube has one stage" if trade.sizes["stage"] < 2 else None


def _knows_instability(trade: xr.Dataset, questions: Questions) -> str | None:
    return "no instability is given: Questions(instability={...})" if questions.instability is None else None


@dataclass(frozen=True)
class ShapeTable:
    """One table that can be compared.

    Attributes
    ----------
    name, title : str
        The name in `SHAPE_TABLES` and in the column `indicator`, before the column's own: ``carriers.carried_share``.
    of : str
        What a row is of: "world", "country" or "pair".
    function : callable
        ``function(trade, ties, held)`` to a table by stage and year; text columns say what a row is of, each column of
        numbers is a measure. Rows may be one a seed of the partition (`SEED`).
    lacks : callable
        ``lacks(trade, questions)``: why the table cannot be made of a cube, None where it can.
    """

    name: str
    title: str
    of: str
    function: Callable[[xr.Dataset, xr.DataArray, Held], pl.DataFrame]
    lacks: Callable[[xr.Dataset, Questions], str | None] = _always


_TABLES = (
    ShapeTable("communities", "Communities: the baseline's, held, and found anew", "world", _communities),
    ShapeTable("regions", "Trade within world regions", "world", _regions),
    ShapeTable("blocs", "Trade within blocs", "world", _blocs),
    ShapeTable("homophily", "Homophily of regions beyond gravity", "world", _homophily),
    ShapeTable("carriers", "Who carries from origin to destination", "country", _carriers, _holds_ends),
    ShapeTable("flow_betweenness", "Room for trade by a third country", "country", _flow_betweenness, _holds_ends),
    ShapeTable("brokerage", "Brokers between world regions", "country", _brokerage),
    ShapeTable("origins", "Where what is used was made", "pair", lambda t, d, h: origins(t)),
    ShapeTable("stage_origins", "Whose inputs stand in whose goods", "pair", _stage_origins, _holds_stages),
    ShapeTable("dependences", "Dependence of pairs", "pair", lambda t, d, h: dependences(t)),
    ShapeTable("import_competition", "Competition of importers", "pair", lambda t, d, h: import_competition(t)),
    ShapeTable("export_competition", "Competition of exporters", "pair", lambda t, d, h: export_competition(t)),
    ShapeTable("chokepoints", "Chokepoints", "country", lambda t, d, h: chokepoints(t).drop("rank")),
    ShapeTable("attack", "Countries drop out", "world", _attack),
    ShapeTable("edge_interruption", "Links are interrupted", "world", _edge_interruption),
    ShapeTable("critical_links", "Critical links", "pair", lambda t, d, h: critical_links(t, d).drop("rank")),
    ShapeTable("crisis", "Crises within a stage", "country", _crisis),
    ShapeTable("chain_crisis", "Crises down the chain", "country", _chain_crisis, _holds_stages),
    ShapeTable("epidemic", "Epidemics (SIR)", "country", _epidemic),
    ShapeTable("trade_risk", "Suppliers' instability", "country", _trade_risk, _knows_instability),
    ShapeTable("core_periphery", "Core and periphery", "country", lambda t, d, h: core_periphery(t, d)),
    ShapeTable("rich_club", "Rich club", "world", _rich_club),
    ShapeTable("motifs", "Triads", "world", _motifs),
    ShapeTable("moran", "Moran's I of the concentration of suppliers", "world", _moran),
    ShapeTable("mrqap", "What goes with a tie", "world", _mrqap),
)

#: Every table that `compare` can set beside another, by name.
SHAPE_TABLES: Mapping[str, ShapeTable] = {table.name: table for table in _TABLES}
