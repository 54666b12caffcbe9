"""Rules to beat: the gravity logit is a logit on covariates, and paired differences are recounted with pandas."""

import numpy as np
import pytest
from scipy import stats
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit
from xenotime.tergm.rolling import FREQUENCY, GRAVITY, LAST

FORMULA = "edges + mutual + nodeocov('x', lag=1) + edgecov('w') + memory('stability')"


def forecast(formula=FORMULA, origins=(2004, 2005, 2006), **settings):
    return fit(formula, random_panel(seed=3, years=8, n=12)).forecast(origins, sweeps=10, **settings)


def test_the_gravity_logit_is_a_logit_on_covariates_known_at_the_origin():
    statsmodels = pytest.importorskip("statsmodels.api")
    panel = random_panel(seed=3, years=8, n=12)
    found = forecast()
    assert found.gravity == ("edges", "nodeocov.x.lag1", "edgecov.w")
    off = ~np.eye(12, dtype=bool)
    w, x = panel.dyad_covariates["w"], np.broadcast_to(panel.node_covariates["x"][:, :, None], (8, 12, 12))
    for place, origin in enumerate(found.origins):
        last = panel.index(origin)
        past = [np.ones((last, off.sum())), x[:last][:, off], w[1 : last + 1][:, off]]
        logit = statsmodels.Logit(panel.ties[1 : last + 1][:, off].ravel(), np.stack([c.ravel() for c in past], axis=1))
        theta = logit.fit(disp=0, tol=1e-12).params
        eta = (
            theta[0] + theta[1] * x[last][off] + theta[2] * w[last][off]
        )  # w of next year is not known: the last is held
        chance = found.predictions[GRAVITY].probability[place][off]
        np.testing.assert_allclose(chance, 1 / (1 + np.exp(-eta)), atol=1e-7)


def test_a_gravity_logit_of_ones_own_and_what_it_may_not_read():
    found = forecast(gravity="edges + nodeicov('x', lag=1)")
    assert found.gravity == ("edges", "nodeicov.x.lag1")
    with pytest.raises(InputError, match=r"mutual, memory\.stability reads the network"):
        forecast(gravity="edges + mutual + memory('stability')")
    with pytest.raises(InputError, match="reads the future"):
        forecast(gravity="edges + edgecov('w', lag=-1)")
    assert GRAVITY not in forecast("edges + memory('stability')").predictions


def test_gains_are_paired_and_clustered_by_year():
    found = forecast()
    table = found.against()
    assert table["rule"].unique().sort().to_list() == sorted([LAST, FREQUENCY, GRAVITY])
    frame = found.to_frame().drop_nulls("tie").to_pandas()
    wide = frame.pivot_table(index=["year", "exporter", "importer", "tie"], columns="predictor", values="probability")
    wide = wide.reset_index()
    loss = (wide[LAST] - wide["tie"]) ** 2 - (wide["model"] - wide["tie"]) ** 2
    row = table.filter(rule=LAST, measure="brier").row(0, named=True)
    assert row["gain"] == pytest.approx(loss.mean())
    # A regression on a constant, clustered by year, is the oracle of the error.
    statsmodels = pytest.importorskip("statsmodels.api")
    oracle = statsmodels.OLS(loss.to_numpy(), np.ones(len(loss))).fit(
        cov_type="cluster", cov_kwds={"groups": wide["year"].to_numpy(), "df_correction": True, "use_correction": True}
    )
    assert row["error"] == pytest.approx(oracle.bse[0], rel=1e-6)
    assert row["high"] - row["gain"] == pytest.approx(stats.t.ppf(0.975, 2) * row["error"])
    assert row["years"] == 3


def test_a_model_without_memory_does_not_beat_memory_and_says_so():
    rng = np.random.default_rng(5)
    n, years = 20, 10
    first = rng.random((n, n)) < 0.2
    ties = [first]
    for _ in range(years - 1):
        flips = rng.random((n, n)) < 0.05
        ties.append(np.where(flips, rng.random((n, n)) < 0.2, ties[-1]))
    panel = Panel.from_arrays(np.array(ties, float), dyad_covariates={"w": rng.normal(size=(years, n, n))})
    found = fit("edges + edgecov('w')", panel).forecast(sweeps=1)
    said = " ".join(found.verdict())
    assert "does not beat the rule 'last state'" in said
    verdicts = found.against().filter(rule=LAST)["verdict"].to_list()
    assert verdicts == ["worse"] * 3
    # The model is the gravity logit here: not a hair between them.
    same = found.against().filter(rule=GRAVITY)
    assert same["verdict"].to_list() == ["not told apart"] * 3
    assert said in str(found).replace("\n", " ")


def test_two_years_are_too_few_to_judge():
    found = forecast(origins=(2005, 2006))
    assert set(found.against()["verdict"]) == {"too few years"}
    assert all(sentence.startswith("Too few years") for sentence in found.verdict())


def test_calibration_of_every_predictor_counts_every_dyad():
    found = forecast()
    table = found.calibration(4)
    for name, part in table.group_by("predictor"):
        assert part.height == 4, name
        assert part["dyads"].sum() == 3 * 12 * 11
