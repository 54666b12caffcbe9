"""Own trade and re-exports, reckoned by hand."""

import numpy as np
import polars as pl
import pytest

from xenotime.studies.policy.own_trade import merged, reexports, with_own_trade

NAMES = ["CHN", "HKG", "DEU", "USA"]
#                 to CHN  HKG  DEU  USA
FLOWS = np.array([[0.0, 80, 200, 300], [6, 0, 30, 24], [10, 20, 0, 40], [0, 0, 5, 0]])


def test_reexports_go_back_to_where_the_hub_bought():
    # HKG exports 60 and makes 10: 50 of its 100 imports were passed on, 80 % from CHN and 20 % from DEU
    moved, rows = reexports(NAMES, FLOWS, np.array([0, 50.0, 0, 0]), {"HKG": "free port"})
    np.testing.assert_allclose(moved[1], FLOWS[1] * 10 / 60)  # what it makes keeps its destinations
    np.testing.assert_allclose(moved[:, 1], [80 - 40, 0, 20 - 10, 0])
    # 50 went 5 to CHN, 25 to DEU, 20 to USA; 80 % of each is Chinese, except what comes home
    np.testing.assert_allclose(moved[0], [0, 40, 200 + 0.8 * 25, 300 + 0.8 * 20])
    np.testing.assert_allclose(moved[2], [10 + 0.2 * 5, 10, 0, 40 + 0.2 * 20])
    kinds = {row[1]: row[2] for row in rows}
    assert kinds["re-exports taken back to their origins"] == pytest.approx(50)
    assert kinds["came back to its origin, left out"] == pytest.approx(0.8 * 5 + 0.2 * 25)


def test_no_more_is_passed_on_than_was_bought():
    excess = np.array([0, 0, 0, 5.0])  # USA sells 5 to DEU, makes none, and buys 364
    moved, _ = reexports(NAMES, FLOWS, excess, dict.fromkeys(NAMES, "hub"))
    assert moved[3].sum() == 0  # no exports left: no producer, no elasticity of supply
    nothing = np.zeros((2, 2))
    nothing[0, 1] = 7.0
    same, rows = reexports(["AAA", "BBB"], nothing, np.array([7.0, 0]), {})
    np.testing.assert_array_equal(same, nothing)
    assert rows == [("AAA", "left as its own output", 7.0, "", "it imports nothing to pass on")]


def test_exports_of_origins_add_up_to_what_they_were():
    rng = np.random.default_rng(1)
    flows = rng.gamma(0.3, 1.0, (9, 9))
    np.fill_diagonal(flows, 0.0)
    excess = np.where(np.arange(9) < 3, flows.sum(axis=1) * 0.7, 0.0)
    moved, rows = reexports([str(k) for k in range(9)], flows, excess, {str(k): "hub" for k in range(9)})
    taken = sum(row[2] for row in rows if row[1].startswith("re-exports"))
    home = sum(row[2] for row in rows if row[1].startswith("came back"))
    # each unit passed on leaves one leg of two; what comes home leaves both
    assert moved.sum() == pytest.approx(flows.sum() - taken - home)
    assert (moved >= 0).all()
    assert np.diag(moved).sum() == 0


def test_own_trade_is_output_less_exports_at_export_prices():
    made = pl.DataFrame(
        {
            "country": ["CHN", "DEU", "USA"],
            "quantity_t": [100.0, 5.0, 1.0],
            "basis": ["gross weight"] * 3,
            "estimated": [False, True, False],
            "source": ["s 1"] * 3,
        }
    )
    tonnes = FLOWS / 10  # ten thousand dollars a kilogram for all: one price
    base = with_own_trade(NAMES, FLOWS, tonnes, made, {}, "known")
    exports = FLOWS.sum(axis=1)
    np.testing.assert_allclose(base.own, [10 * (100 - exports[0] / 10), 0, 0, 10 * (1 - exports[3] / 10)])
    # DEU's output is an estimate below its exports: kept as an exporter, said; HKG's is unknown: left alone
    assert base.adjustments["country"].to_list() == ["DEU"]
    np.testing.assert_array_equal(base.flows, FLOWS)
    every = with_own_trade(NAMES, FLOWS, tonnes, made, {}, "all")
    assert every.flows[1].sum() == 0  # a table in gross weight names all makers, and HKG is not among them
    assert "estimate" not in " ".join(every.adjustments["why"])


def test_merging_adds_up_and_leaves_inner_trade_out():
    names, flows = merged(NAMES, FLOWS, {"HKG": "CHN"})
    assert names == ["CHN", "DEU", "USA"]
    np.testing.assert_allclose(flows, [[0, 230, 324], [30, 0, 40], [0, 5, 0]])
