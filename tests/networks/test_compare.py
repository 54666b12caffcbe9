"""Before and after: each value as its own function gives it, paired draws, and a change told from noise."""

import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow, tie_cube

from xenotime.core import InputError
from xenotime.networks import (
    INDICATORS,
    SHAPE,
    attack,
    chain_crisis,
    china_us,
    chokepoints,
    compare,
    core_periphery,
    crisis,
    critical_links,
    dependence,
    dependences,
    indicators,
    motifs,
    origins,
    reporting_noise,
    shape,
    stage_origins,
    with_flows,
)  # fmt: skip
from xenotime.networks.compare import default_ties
from xenotime.schema import CUBE_AXES, Status

NAMES = ["CHN", "DEU", "JPN", "KOR", "MYS", "USA", "VNM"]


def pair(seed=1):
    flows = np.stack([random_flow(seed, 7, 0.6), random_flow(seed + 1, 7, 0.6)])
    trade = cube(flows[None], years=(2010, 2020), countries=NAMES)
    return trade.sel(year=[2010]), trade.sel(year=[2020])


def test_values_are_those_of_the_functions_themselves():
    before, after = pair()
    found = compare(before, after, [*INDICATORS, *SHAPE], {"china_us": lambda trade, _: china_us(trade)})
    assert set(found["indicator"]) == {*INDICATORS, *SHAPE, "china_us.value_kusd", "china_us.share"}
    for cube_, column in ((before, "before"), (after, "after")):
        for table in (indicators(cube_), shape(cube_)):
            joined = table.join(found, on=["indicator", "country"], nulls_equal=True)
            assert joined.height == table.height
            assert joined.filter(pl.col("value").ne_missing(pl.col(column))).is_empty()
        own = china_us(cube_).select(pl.col("route").alias("detail"), "share")
        joined = own.join(found.filter(indicator="china_us.share"), on="detail")
        assert joined["share"].to_list() == pytest.approx(joined[column].to_list())
    assert found.select("year_before", "year_after").unique().rows() == [(2010, 2020)]
    change = found.select(pl.col("after") - pl.col("before")).to_series()
    assert change.equals(found["change"], null_equal=True)
    assert found["more_than_noise"].null_count() == found.height


def test_every_table_of_shape_can_be_compared():
    stages = np.stack([np.stack([random_flow(k + s, 7, 0.6) for k in (1, 2)]) for s in (10, 20)])
    trade = cube(stages, ("midstream", "downstream"), (2010, 2020), NAMES)
    found = compare(
        trade.sel(year=[2010]),
        trade.sel(year=[2020]),
        which=[],
        tables={
            "stage_origins": lambda trade, _: stage_origins(trade, "midstream", "downstream"),
            "origins": lambda trade, _: origins(trade),
            "dependences": lambda trade, _: dependences(trade),
            "chokepoints": lambda trade, _: chokepoints(trade),
            "crisis": lambda trade, _: crisis(trade),
            "chain": lambda trade, _: chain_crisis(trade, "midstream"),
            "core": core_periphery,
            "motifs": lambda trade, ties: motifs(trade, ties, draws=5),
            "links": critical_links,
            "attack": lambda trade, ties: attack(trade, ties, draws=3).filter(pl.col("removed") == 0).drop("removed"),
        },
    )
    assert found["indicator"].str.split(".").list.first().n_unique() == 10
    assert found.filter(indicator="links.value_kusd", stage="downstream")["detail"].str.contains(" → ").all()
    assert (
        found.filter(pl.col("before").is_null() & pl.col("after").is_null(), ~pl.col("indicator").str.ends_with("z"))
        .filter(~pl.col("indicator").is_in(["chain.first_round", "origins.traced_share", "core.core_fit"]))
        .is_empty()
    )


def test_draws_are_paired():
    """Draws differ by a factor of ten, the change within each is 10 %: paired, it is far beyond noise."""
    before, _ = pair()
    base = before["value_kusd"].to_numpy()
    factor = np.exp(np.random.default_rng(1).normal(0, 1, 20))[:, None, None, None, None]
    one, other = with_flows(before, base * factor), with_flows(before, base * factor * 1.1)
    row = compare(one, other, ["trade_kusd"]).row(0, named=True)
    total = np.nansum(base) * factor.ravel()
    assert row["draws"] == 20
    assert row["before"] == pytest.approx(total.mean())
    assert row["change"] == pytest.approx(0.1 * total.mean())
    assert row["change_low"] == pytest.approx(np.quantile(0.1 * total, 0.05))
    assert row["change_high"] == pytest.approx(np.quantile(0.1 * total, 0.95))
    assert row["same_sign"] == 1
    assert row["more_than_noise"]
    shuffled = with_flows(before, base * factor[::-1] * 1.1)
    assert not compare(one, shuffled, ["trade_kusd"])["more_than_noise"][0]
    single = compare(before, other, ["trade_kusd"]).row(0, named=True)
    assert single["before"] == pytest.approx(np.nansum(base))
    assert single["draws"] == 20


def test_nothing_changed_is_no_more_than_noise():
    before, _ = pair()
    same = compare(reporting_noise(before, 20, 0.15, seed=1), reporting_noise(before, 20, 0.15, seed=2))
    beyond = same.filter(pl.col("country").is_null())["more_than_noise"].drop_nulls()
    assert beyond.mean() < 0.1


def test_history_is_a_yardstick():
    flows = np.stack([random_flow(1, 5, 0.8)] * 5) * np.array([1.0, 1.1, 1.0, 1.1, 2.0])[:, None, None]
    trade = cube(flows[None], years=(2016, 2017, 2018, 2019, 2020))
    total = flows[0].sum()
    row = compare(
        trade.sel(year=[2018]), trade.sel(year=[2020]), ["trade_kusd"], history=trade.sel(year=[2016, 2017, 2018])
    ).row(0, named=True)
    assert row["usual_change"] == pytest.approx(0.1 * total * np.sqrt(2))
    assert row["times_usual"] == pytest.approx(10 / np.sqrt(2))
    assert row["more_than_noise"]
    small = compare(
        trade.sel(year=[2018]), trade.sel(year=[2019]), ["trade_kusd"], history=trade.sel(year=[2016, 2017, 2018])
    )
    assert small["more_than_noise"].to_list() == [False]


def test_a_side_that_is_undefined_has_no_change():
    before, after = pair()
    nothing = with_flows(before, np.zeros((1, 1, 7, 7)))
    found = compare(nothing, before, ["export_hhi"]).row(0, named=True)
    assert found["before"] is None
    assert found["after"] is not None
    assert found["change"] is None
    rows = compare(before, after, [], {"links": critical_links})
    assert rows.filter(pl.col("before").is_null(), pl.col("after").is_not_null()).height > 0


def test_ties_are_chosen_by_the_caller():
    before, after = pair()
    strict = compare(before, after, ["ties"], ties=lambda trade: dependence(trade, minimum_share=0.5))
    loose = compare(before, after, ["ties"])
    assert (strict["before"] < loose["before"]).all()
    held = compare(before, after, ["density"], ties=lambda trade: tie_cube(default_ties(before).to_numpy(), trade))
    assert held["change"].to_list() == [0.0]


def test_with_flows_keeps_what_is_known_of_cells():
    before, _ = pair()
    value = np.full((1, 1, 7, 7), 3.0)
    value[0, 0, 0, 1] = np.nan
    found = with_flows(before, value)
    assert found["status"].to_numpy()[0, 0, 0, 1] == Status.MISSING
    assert (found["status"].to_numpy()[0, 0].diagonal() == Status.OWN).all()
    assert np.isnan(found["value_kusd"].to_numpy()[0, 0].diagonal()).all()
    assert found.attrs == before.attrs
    noisy = reporting_noise(before, 4000, 0.3)
    assert noisy["value_kusd"].dims == ("draw", *CUBE_AXES)
    np.testing.assert_allclose(
        noisy["value_kusd"].mean("draw").fillna(0).to_numpy(), before["value_kusd"].fillna(0).to_numpy(), rtol=0.03
    )


def test_what_does_not_belong_together_is_refused():
    before, after = pair()
    with pytest.raises(InputError, match="differ on axis exporter: USA"):
        compare(before, after.drop_sel(exporter="USA", importer="USA"))
    both = cube(np.ones((1, 2, 3, 3)), years=(2010, 2011))
    with pytest.raises(InputError, match="2 years and after 1"):
        compare(both, both.sel(year=[2010]))
    with pytest.raises(InputError, match="draws: 2 and 3"):
        compare(reporting_noise(before, 2, 0.1), reporting_noise(after, 3, 0.1))
    with pytest.raises(InputError, match="no indicator densty"):
        compare(before, after, ["densty"])
    with pytest.raises(InputError, match="two rows"):
        compare(before, after, [], {"links": lambda trade, ties: critical_links(trade, ties).drop("importer")})
    with pytest.raises(InputError, match="history holds 1 years"):
        compare(before, after, ["ties"], history=before)
    with pytest.raises(InputError, match=r"values have shape \(2, 2\)"):
        with_flows(before, np.ones((2, 2)))
