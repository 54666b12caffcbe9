"""The tie model on real magnet trade: it converges, says what an analyst expects, and its files are written."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xenotime import tergm
from xenotime.tergm.effects import conditional_effects
from xenotime.tergm.gof import goodness_of_fit
from xenotime.tergm.save import save_fit

ROOT = Path(__file__).resolve().parents[2]


def example():
    spec = importlib.util.spec_from_file_location("magnets_tergm", ROOT / "examples" / "magnets_tergm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def magnets(real_data):
    module = example()
    panel, left_out = module.panel(real_data)
    return module, panel, left_out, tergm.fit(module.FORMULA, panel)


def test_ties_and_covariates_are_the_files(magnets, real_data):
    """A year recounted by pandas: import shares among all countries of the file, distances, pacts, positions."""
    _, panel, left_out, _ = magnets
    step = panel.index(2010)
    raw = pd.read_csv(
        real_data / "trade/baci_850511_magnets_2002_2024_top.csv", keep_default_na=False, na_values={"qty_t": [""]}
    )
    raw = raw[raw["year"] == 2010]
    share = raw["value_usd"] / raw.groupby("importer_iso2")["value_usd"].transform("sum")
    big = raw[share >= 0.05]
    two = {"CHN": "CN", "DEU": "DE", "JPN": "JP", "USA": "US", "BRA": "BR", "MYS": "MY", "NAM": "NA"}
    for importer, code in two.items():
        if importer not in panel.nodes:
            continue
        suppliers = set(big.loc[big["importer_iso2"] == code, "exporter_iso2"])
        column = panel.ties[step, :, panel.nodes.index(importer)]
        for exporter in ("CHN", "DEU", "JPN", "USA"):
            if exporter != importer:
                assert column[panel.nodes.index(exporter)] == (two[exporter] in suppliers)

    def place(*names):
        return tuple(panel.nodes.index(name) for name in names)

    distances = pd.read_csv(real_data / "gravity/cepii_dist.csv.gz").set_index(["iso_o", "iso_d"])
    for pair in (("USA", "DEU"), ("CHN", "JPN")):
        expected = np.log(float(distances.loc[pair, "distw"]))
        assert panel.dyad_values("log_distance")[step][place(*pair)] == pytest.approx(expected)
    alliance = panel.dyad_values("alliance")[step]
    assert alliance[place("USA", "DEU")] == alliance[place("JPN", "USA")] == 1
    assert alliance[place("CHN", "USA")] == alliance[place("CHN", "JPN")] == 0
    ideal = panel.node_values("ideal_point")[step]
    assert ideal[panel.nodes.index("USA")] > ideal[panel.nodes.index("DEU")] > ideal[panel.nodes.index("CHN")]
    assert {"HKG", "MAC"} <= set(left_out)  # no votes in the General Assembly


def test_it_converges_and_says_what_an_analyst_expects(magnets):
    _, panel, _, fit = magnets
    assert fit.converged
    assert not fit.separated
    assert fit.model.years == tuple(range(2003, 2019))
    assert panel.n > 100
    table = {row["term"]: row for row in fit.to_frame().iter_rows(named=True)}
    assert table["memory.stability"]["low"] > 1
    assert table["edgecov.log_distance"]["high"] < 0
    assert table["nodeocov.log_gdp.lag1"]["low"] > 0
    assert table["edgecov.common_language"]["low"] > 0


def test_pacts_tell_countries_apart_rather_than_change_ties(magnets):
    """Allied pairs hold fewer ties; but joining a pact changes nothing: the deviation from the pair's mean is null."""
    module, panel, _, fit = magnets
    alliance = panel.dyad_values("alliance")
    split = tergm.Panel.from_arrays(
        panel.ties, panel.years, panel.nodes,
        node_covariates=panel.node_covariates,
        dyad_covariates={**panel.dyad_covariates, "alliance_mean": alliance.mean(axis=0)},
    )  # fmt: skip
    within = tergm.fit(module.FORMULA + " + edgecov('alliance_mean')", split).conf_int()
    rows = {item["term"]: item for item in within.iter_rows(named=True)}
    row = rows["edgecov.alliance.lag1"]
    assert fit.params["edgecov.alliance.lag1"] < -0.1
    assert row["low"] < 0 < row["high"]
    assert rows["edgecov.alliance_mean"]["high"] < 0


def test_what_the_report_will_pick_up(magnets, tmp_path):
    fit = magnets[3]
    effects = conditional_effects(fit, ["edgecov.log_distance", "memory.stability"])
    gof = goodness_of_fit(fit, simulations=20, years=[2010])
    written = save_fit(fit, tmp_path / "magnets", effects=effects, gof=gof)
    assert {path.name for path in written} == {path.name for path in (tmp_path / "magnets").iterdir()}
    assert all(path.stat().st_size > 100 for path in written)
    read = pd.read_csv(tmp_path / "magnets" / "coefficients.csv").set_index("term")["estimate"]
    assert read.to_dict() == pytest.approx(fit.params)
    assert (pd.read_csv(tmp_path / "magnets" / "effects.csv")["effect"] * [-1, 1] > 0).all()
    save_fit(fit, tmp_path / "magnets")
    assert not (tmp_path / "magnets" / "gof.csv").exists()
