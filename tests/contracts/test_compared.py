"""Every table that can be compared: nothing changes against itself, and the order of countries does not matter."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr
from polars.testing import assert_frame_equal

from xenotime.core import InputError
from xenotime.networks import SHAPE_TABLES, Questions, compare
from xenotime.networks.compare import default_ties
from xenotime.schema import CUBE_AXES, Status

NAMES = ["CHN", "DEU", "FRA", "JPN", "KOR", "MEX", "MYS", "POL", "THA", "USA", "VNM", "ZAF"]
QUESTIONS = Questions(instability={"CHN": 0.6, "JPN": 0.2, "MYS": 0.4}, partitions=2)
#: Measures that draw or search at random, in which the order of countries tells which draw is whose.
AT_RANDOM = ("epidemic.", "motifs.z", "communities.")
EVERY = pytest.mark.parametrize("name", SHAPE_TABLES)


def world(seed=3, stages=("midstream", "downstream"), years=(2020,)):
    rng = np.random.default_rng(seed)
    n = len(NAMES)
    shape = (len(stages), len(years), n, n)
    value = np.where(rng.random(shape) < 0.5, np.exp(rng.normal(4, 2, shape)), 0.0)
    value[:, :, 0, 9] = 50.0
    value[..., range(n), range(n)] = np.nan
    status = np.where(np.isnan(value), Status.OWN, Status.KNOWN).astype(np.int8)
    return xr.Dataset(
        {"value_kusd": (CUBE_AXES, value), "quantity_t": (CUBE_AXES, value / 20), "status": (CUBE_AXES, status)},
        coords={"stage": list(stages), "year": list(years), "exporter": NAMES, "importer": NAMES},
    )


@EVERY
def test_nothing_changes_against_itself(name):
    found = compare(world(), world(), [name], questions=QUESTIONS)
    assert found.height > 0
    assert found["indicator"].str.starts_with(f"{name}.").all()
    assert found["change"].drop_nulls().abs().max() == 0
    assert set(found["stage"]) <= {"midstream", "downstream"}
    assert found.filter(pl.col("before").is_null() & pl.col("after").is_null()).is_empty()


@EVERY
def test_the_order_of_countries_does_not_matter(name):
    before, after = world(3), world(4)
    order = np.random.default_rng(1).permutation(NAMES).tolist()
    tables = []
    for one, other in ((before, after), *[tuple(t.sel(exporter=order, importer=order) for t in (before, after))]):
        found = compare(one, other, [name], questions=QUESTIONS).sort("stage", "indicator", "country", "detail")
        random = pl.any_horizontal(pl.col("indicator").str.starts_with(one) for one in AT_RANDOM)
        tables.append(found.filter(~random, ~pl.col("detail").fill_null("").str.starts_with("random")))
    assert_frame_equal(*tables, rel_tol=1e-6, abs_tol=1e-9)


@EVERY
def test_a_cube_without_trade_or_with_unknown_trade_is_no_error(name):
    nothing = world()
    nothing["value_kusd"] = nothing["value_kusd"] * 0.0
    compare(nothing, world(), [name], questions=QUESTIONS)
    found = compare(world(), nothing, [name], questions=QUESTIONS)
    assert np.isfinite(found.select(pl.col("before", "after", "change").fill_null(0.0)).to_numpy()).all()


def test_what_a_cube_cannot_answer_is_left_out_or_refused():
    one = world(stages=("downstream",))
    found = compare(one, one)
    said = set(found["indicator"].str.split(".").list.first())
    assert not said & {"chain_crisis", "stage_origins", "trade_risk"}
    assert set(SHAPE_TABLES) - said == {"chain_crisis", "stage_origins", "trade_risk"}
    for name, why in (("chain_crisis", "one stage"), ("trade_risk", "no instability")):
        with pytest.raises(InputError, match=why):
            compare(one, one, [name])
    few = one.sel(exporter=NAMES[1:], importer=NAMES[1:])
    with pytest.raises(InputError, match="does not hold CHN"):
        compare(few, few, ["carriers"])


def test_the_partition_is_the_baselines():
    """Two blocs before; after, the same sizes shuffled into other blocs: held it falls, anew it does not."""
    bloc = np.arange(12) // 6
    apart = np.where(bloc[:, None] == bloc, 100.0, 1.0)
    order = np.array([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11])
    mixed = np.empty_like(apart)
    mixed[np.ix_(order, order)] = apart
    cubes = []
    for value in (apart, mixed):
        cube = world(stages=("downstream",))
        flows = value[None, None].copy()
        flows[..., range(12), range(12)] = np.nan
        cubes.append(cube.assign(value_kusd=(CUBE_AXES, flows)))
    found = {row["indicator"]: row for row in compare(*cubes, ["communities"], ties=default_ties).iter_rows(named=True)}
    within = 5 * 100 / (5 * 100 + 6)
    assert found["communities.within_share"]["before"] == pytest.approx(within)
    # 3 of each new bloc were together before: 2 · 3 · (2 · 100 + 3) of 2 · 6 · (500 + 6)
    assert found["communities.within_share"]["after"] == pytest.approx((2 * 100 + 3) / 506)
    assert found["communities.modularity_anew"]["change"] == pytest.approx(0, abs=1e-12)
    assert found["communities.modularity"]["change"] < -0.3
    assert found["communities.alike_anew"]["before"] == 1


def test_the_docs_list_every_table():
    page = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert listed == [f"| `{one.name}` | {one.title} | {one.of} |" for one in SHAPE_TABLES.values()]
