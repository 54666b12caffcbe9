"""Every table of the shape of trade: relabelled or re-ordered countries, another currency, and unknown cells."""

from contextlib import nullcontext

import numpy as np
import polars as pl
import pytest
import xarray as xr
from polars.testing import assert_frame_equal

from xenotime import networks as net
from xenotime.core import DataWarning
from xenotime.schema import CUBE_AXES, Status

N = 14
NAMES = [f"C{k:02d}" for k in range(N)]
BLOC = {name: "abc"[k % 3] for k, name in enumerate(NAMES)}
#: What draws at random differs with the order of countries; the columns observed may not.
TABLES = {
    "carriers": lambda t, _: net.carriers(t, "C00", "C01"),
    "routes": lambda t, _: net.routes(t, "C00", "C01", ["C02", "C03"]),
    "origins": lambda t, _: net.origins(t).filter(pl.col("traced_kusd") > 1e-6),
    "flow_betweenness": lambda t, _: net.flow_betweenness(t, [("C00", "C01")]),
    "brokerage": lambda t, d: net.brokerage(t, BLOC, d),
    "stage_origins": lambda t, _: net.stage_origins(t, "midstream", "downstream"),
    "stage_paths": lambda t, _: net.stage_paths(t, "midstream", "downstream", "C00"),
    "dependences": lambda t, _: net.dependences(t),
    "chokepoints": lambda t, _: net.chokepoints(t),
    "attack": lambda t, d: net.attack(t, d, [one for one in net.STRATEGIES if one != "random"], points=5),
    "crisis": lambda t, _: net.crisis(t),
    "crisis_path": lambda t, _: net.crisis_path(t, "C00"),
    "chain_crisis": lambda t, _: net.chain_crisis(t, "midstream"),
    "trade_risk": lambda t, _: net.trade_risk(t, {"C00": 0.4, "C01": 0.2, "C05": 0.9}),
    "critical_links": net.critical_links,
    "edge_interruption": lambda t, d: net.edge_interruption(t, d, ["value"], points=4),
    "epidemic": lambda t, d: net.epidemic(t, d, infection=0.0, draws=2),
    "core_periphery": net.core_periphery,
    "rich_club": lambda t, d: net.rich_club(t, d, draws=2).select("stage", "year", "degree", "countries", "density"),
    "motifs": lambda t, d: net.motifs(t, d, draws=2).select("stage", "year", "triad", "count"),
}
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
SHARES = (
    "share",
    "removed",
    "largest",
    "efficiency",
    "trade_left",
    "robustness",
    "grip",
    "shortfall",
    "symmetry",
    "density",
)


def world(unknown=0.0):
    rng = np.random.default_rng(5)
    shape = (2, 2, N, N)
    value = np.where(rng.random(shape) < 0.3, np.exp(rng.normal(4, 2, shape)), 0.0)
    value[rng.random(shape) < unknown] = np.nan
    status = np.where(np.isnan(value), Status.MISSING, Status.KNOWN).astype(np.int8)
    value[..., range(N), range(N)] = np.nan
    status[..., range(N), range(N)] = Status.OWN
    return xr.Dataset(
        {"value_kusd": (CUBE_AXES, value), "quantity_t": (CUBE_AXES, value / 20), "status": (CUBE_AXES, status)},
        coords={"stage": ["midstream", "downstream"], "year": [2020, 2021], "exporter": NAMES, "importer": NAMES},
    )


def ties_of(trade):
    value = np.nan_to_num(trade["value_kusd"].transpose(*CUBE_AXES).to_numpy())
    return xr.DataArray(value > 30, coords={axis: trade[axis] for axis in CUBE_AXES}, dims=CUBE_AXES)


def in_order(frame):
    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.sort(*text, "year", *[one for one in ("degree", "removed") if one in frame.columns])


@EVERY
def test_the_order_of_countries_and_axes_does_not_matter(table):
    trade = world()
    order = np.random.default_rng(6).permutation(NAMES).tolist()
    moved = trade.sel(exporter=order, importer=order).transpose("importer", "year", "exporter", "stage")
    plain, other = (in_order(table(one, ties_of(one))) for one in (trade, moved))
    assert plain.height > 0
    assert_frame_equal(plain, other, abs_tol=1e-7, rel_tol=1e-7)


@EVERY
def test_tables_are_tidy_and_undefined_is_null(table):
    for unknown in (0.0, 0.3):
        trade = world(unknown)
        with pytest.warns(DataWarning, match="unknown trade") if unknown else nullcontext():
            found = table(trade, ties_of(trade))
        assert found.schema["year"] == pl.Int16
        assert {"stage", "stage_to"} & set(found.columns)
        for name, kind in found.schema.items():
            if kind == pl.Float64:
                known = found[name].drop_nulls()
                assert known.is_finite().all(), name
                if name.endswith(SHARES):
                    assert known.is_between(-1e-9, 1 + 1e-9).all(), name
        text = [name for name, kind in found.schema.items() if kind == pl.String]
        keys = [*text, "year", *[one for one in ("degree", "removed") if one in found.columns]]
        assert not found.select(keys).is_duplicated().any()


@EVERY
def test_the_currency_does_not_matter_but_to_values(table):
    trade = world()
    ties = ties_of(trade)
    dearer = trade.assign(value_kusd=trade["value_kusd"] * 7.3)
    one, other = in_order(table(trade, ties)), in_order(table(dearer, ties))
    values = [name for name in one.columns if name.endswith("_kusd")]
    scaled = one.with_columns(pl.col(values) * 7.3)
    assert_frame_equal(scaled, other, abs_tol=1e-5, rel_tol=1e-6)
