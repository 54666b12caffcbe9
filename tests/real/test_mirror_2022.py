"""The 2022 reports of Comtrade, breakdown rows and all, against BACI V202601 (issue 2).

811292 is left out: the extract of BACI folds 811231 into it. The baselines are recounted here with pandas.
"""

import math
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from xenotime.core import DataWarning
from xenotime.pipeline import mirror
from xenotime.sources import comtrade

KEY = ["year", "reporter", "partner", "cmd", "flow"]
POOLED = "811292"


@pytest.fixture(scope="module")
def raw(real_data):
    return pd.read_csv(real_data / "trade" / "comtrade_raw_both_flows_31codes_2022.csv.gz", dtype={"cmd": str})


@pytest.fixture(scope="module")
def totals(real_data):
    return pd.read_csv(real_data / "trade" / "comtrade_totals_both_flows_31codes_2022.csv.gz", dtype={"cmd": str})


@pytest.fixture(scope="module")
def piece(real_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        (found,) = comtrade.parse(
            real_data / "trade" / "comtrade_raw_both_flows_31codes_2022.csv.gz", hs_version="HS17", version="2022"
        )
    return found


@pytest.fixture(scope="module")
def reports(piece):
    return piece.frame.filter(pl.col("hs6") != POOLED)


@pytest.fixture(scope="module")
def baci(real_data):
    frame = pd.read_csv(
        real_data / "trade" / "baci_full_31codes_2022.csv.gz", dtype={"cmd": str}, keep_default_na=False
    )
    frame = frame[frame["cmd"] != POOLED].replace({"i": {"S19": "TWN"}, "j": {"S19": "TWN"}})
    return pl.DataFrame(
        {
            "year": pl.Series(frame["year"].to_numpy(), dtype=pl.Int16),
            "exporter": frame["i"].to_list(),
            "importer": frame["j"].to_list(),
            "hs6": frame["cmd"].to_list(),
            "value_kusd": frame["value"].to_numpy() / 1e3,
        }
    )


def deviation(flows, baci):
    """Median |log deviation| from BACI over the flows that both sides report and BACI has."""
    both = flows.filter(quality="both").join(baci, on=["year", "exporter", "importer", "hs6"], suffix="_baci")
    return float((both["value_kusd"] / both["value_kusd_baci"]).log().abs().median())


def fixed(weight):
    return mirror.Reliability({}, {}, math.sqrt(weight / (1 - weight)), 1.0, 0, "mirror reports")


def test_breakdown_rows_are_exactly_the_keys_whose_multiple_is_2_4_or_8(raw, totals):
    from xenotime.sources._breakdown import MULTIPLE, TOTAL, mark_breakdown

    rows = pl.from_pandas(raw[[*KEY, "value"]])
    marked = mark_breakdown(rows, KEY, "value")
    found = marked.filter(pl.col(TOTAL)).select(*KEY, "value", MULTIPLE).to_pandas().set_index(KEY).sort_index()
    truth = totals.set_index(KEY).sort_index()
    assert found.index.equals(truth.index)
    assert (found[MULTIPLE] == truth["ratio_sum_to_max"].round()).all()
    assert found["value"].equals(truth["value"])
    assert found[MULTIPLE].value_counts().to_dict() == {1: 18953, 2: 5609, 4: 7671, 8: 5489}


def test_reports_equal_the_collapsed_file(piece, totals, real_data):
    names = pd.read_csv(real_data / "trade" / "baci_country_codes_V202601.csv", keep_default_na=False)
    iso3 = dict(zip(names["country_code"], names["country_iso3"].replace({"S19": "TWN"})))
    truth = totals.assign(reporter=totals["reporter"].map(iso3), partner=totals["partner"].map(iso3))
    truth = truth.dropna(subset=["reporter", "partner"])
    truth = truth[truth["reporter"] != truth["partner"]]
    known = pl.from_pandas(truth[["reporter", "partner", "cmd", "flow", "value"]]).with_columns(
        pl.col("flow").replace({"M": "import", "X": "export"})
    )
    joined = piece.frame.join(
        known, left_on=["reporter", "partner", "hs6", "flow"], right_on=["reporter", "partner", "cmd", "flow"],
        how="full",
    )  # fmt: skip
    lost = joined.filter(pl.col("value_kusd").is_null())
    assert lost.is_empty(), lost
    extra = joined.filter(pl.col("value").is_null())  # territories that BACI's table of countries does not list
    assert extra.height <= 40
    assert (joined["value_kusd"] * 1e3 - joined["value"]).abs().max() < 1e-3
    magnets = piece.frame.filter(hs6="850511").group_by("flow").agg(pl.sum("value_kusd") / 1e6)
    assert dict(magnets.rows()) == pytest.approx({"import": 6.68, "export": 6.94}, abs=0.05)
    assert set(piece.quarantine["reason"]) == {"an area or group, not a country", "own trade (re-imports)"}


def test_one_sided_flows_are_the_report_and_two_sided_lie_between(reports):
    frame = reports.to_pandas()
    imports = frame[frame["flow"] == "import"].set_index(["partner", "reporter", "hs6"])["value_kusd"]
    exports = frame[frame["flow"] == "export"].set_index(["reporter", "partner", "hs6"])["value_kusd"]
    both = pd.concat({"m": imports.rename_axis(["i", "j", "h"]), "x": exports.rename_axis(["i", "j", "h"])}, axis=1)
    flows = mirror.reconcile(reports).to_pandas().set_index(["exporter", "importer", "hs6"]).sort_index()
    both = both.sort_index()
    assert list(flows.index) == list(both.index)
    value = flows["value_kusd"].to_numpy()
    assert (value >= both.min(axis=1).to_numpy()).all()
    assert (value <= both.max(axis=1).to_numpy()).all()
    one_sided = both.isna().any(axis=1).to_numpy()
    assert (value[one_sided] == both.max(axis=1).to_numpy()[one_sided]).all()
    assert (flows["quality"].to_numpy() == np.select(
        [both["x"].isna(), both["m"].isna()], ["importer", "exporter"], "both")).all()  # fmt: skip


def test_the_baselines_are_those_of_the_issue(reports, baci):
    both = mirror.pairs(reports).drop_nulls(["import_kusd", "export_kusd"])
    both = both.join(baci, on=["year", "exporter", "importer", "hs6"]).to_pandas()
    assert len(both) == 9219
    m, x, b = both["import_kusd"], both["export_kusd"], both["value_kusd"]

    def median(made):
        return np.log(made / b).abs().median()

    assert median(m) == pytest.approx(0.119, abs=5e-4)
    assert median((m + x) / 2) == pytest.approx(0.125, abs=5e-4)
    assert median(np.maximum(m, x)) == pytest.approx(0.155, abs=5e-4)
    assert median(0.68 * m + 0.32 * x) == pytest.approx(0.106, abs=5e-4)
    assert deviation(mirror.reconcile(reports, fixed(0.68)), baci) == pytest.approx(median(0.68 * m + 0.32 * x))


def halves(reports, seed):
    codes = np.random.default_rng(seed).permutation(reports["hs6"].unique().sort().to_numpy())
    first = reports.filter(pl.col("hs6").is_in(codes[: len(codes) // 2].tolist()))
    second = reports.filter(pl.col("hs6").is_in(codes[len(codes) // 2 :].tolist()))
    return [(first, second), (second, first)]


@pytest.mark.parametrize("seed", range(6))
def test_weights_from_the_reports_of_half_of_the_codes_win_on_the_other_half(reports, baci, seed):
    out, base = [], []
    for fitted_on, judged_on in halves(reports, seed):
        made = deviation(mirror.reconcile(judged_on, mirror.reliability(fitted_on)), baci)
        both = mirror.pairs(judged_on).drop_nulls(["import_kusd", "export_kusd"])
        rivals = [fixed(0.68), fixed(0.5), fixed(1 - 1e-12)]
        assert both.height > 1000
        for rival in rivals:
            assert made < deviation(mirror.reconcile(judged_on, rival), baci)
        out.append(made)
        base.append(deviation(mirror.reconcile(judged_on, rivals[0]), baci))
    assert np.mean(out) < 0.095 < 0.1 < np.mean(base)


@pytest.mark.parametrize("seed", range(2))
def test_weights_recovered_from_half_of_baci_reproduce_the_other_half(reports, baci, seed):
    for fitted_on, judged_on in halves(reports, seed):
        weights = mirror.fit_reliability(fitted_on, baci)
        assert deviation(mirror.reconcile(judged_on, weights), baci) < 0.001
