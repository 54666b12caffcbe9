"""Poisson gravity: pyfixest's numbers, its small-sample rule, separation by hand, what is left out is counted."""

import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime.core import InputError
from xenotime.networks.gravity import AXES, ppml


def cube(values, first=2001):
    names = [f"C{place:02d}" for place in range(values.shape[-1])]
    labels = {"exporter": names, "importer": names}
    if values.ndim == 3:
        labels["year"] = np.arange(first, first + len(values))
    return xr.DataArray(values, dims=AXES[-values.ndim :], coords=labels)


def made_up(seed, years=7, n=12, zeros=0.5, sanction=False):
    """Volumes with effects of every kind, many zeros and some unknown; two covariates, and distance."""
    random = np.random.default_rng(seed)
    shape = (years, n, n)
    cooperation, pact, distance = random.normal(size=shape), random.random(shape) < 0.2, random.normal(size=(n, n))
    shifts = (random.normal(size=each) for each in ((years, n, 1), (years, 1, n), (1, n, n)))
    volume = np.exp(0.4 * cooperation + 0.3 * pact - 0.8 * distance + sum(shifts)) * random.gamma(1, 1, size=shape)
    volume *= random.random(shape) > zeros
    volume[random.random(shape) < 0.02] = np.nan
    covariates = {"cooperation": cube(cooperation), "pact": cube(pact * 1.0), "distance": cube(distance)}
    if sanction:
        under = random.random(shape) < 0.05
        volume[under & ~np.isnan(volume)] = 0.0
        covariates["sanction"] = cube(under * 1.0)
    return cube(volume), covariates


def long_frame(volumes, covariates):
    pd = pytest.importorskip("pandas")
    frame = volumes.to_series().rename("volume").to_frame()
    for name, each in covariates.items():
        frame[name] = each.broadcast_like(volumes).transpose(*AXES).to_numpy().ravel()
    frame = frame.reset_index()
    frame = frame[frame["exporter"] != frame["importer"]].dropna()
    ends = frame[["exporter", "importer"]]
    frame["country_pair"] = ends.min(axis=1) + ends.max(axis=1)
    frame["exporter_year"] = frame["exporter"] + frame["year"].astype(str)
    frame["importer_year"] = frame["importer"] + frame["year"].astype(str)
    frame["pair"] = frame["exporter"] + frame["importer"]
    return pd.DataFrame(frame)


def oracle(volumes, covariates, names, effects=("exporter_year", "importer_year", "pair"), cluster="pair"):
    pyfixest = pytest.importorskip("pyfixest", reason="the oracle of the `oracles` extra")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it drops, which is compared below
        return pyfixest.fepois(
            f"volume ~ {' + '.join(names)} | {' + '.join(effects)}",
            long_frame(volumes, covariates),
            vcov={"CRV1": cluster},
            iwls_tol=1e-12,
            fixef_tol=1e-12,
            iwls_maxiter=100,
            separation_check=["fe", "ir"],
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("cluster", [("pair",), ("country_pair",), ("exporter", "importer")])
def test_three_way_effects_agree_with_pyfixest(seed, cluster):
    volumes, covariates = made_up(seed)
    found = ppml(volumes, covariates, cluster=cluster)
    expected = oracle(volumes, covariates, ["cooperation", "pact"], cluster=" + ".join(cluster))
    assert found.converged
    assert found.names == ("cooperation", "pact")
    assert found.counts["used"] == expected._N
    np.testing.assert_allclose(found.estimates, expected.coef(), atol=1e-8)
    np.testing.assert_allclose(found.to_frame()["std_error"], expected.se(), rtol=1e-7)
    assert found.loglik == pytest.approx(expected._loglik, rel=1e-9)


@pytest.mark.parametrize("effects", [("exporter_year", "importer_year"), ("exporter", "importer", "year"), ("pair",)])
def test_other_effects_agree_with_pyfixest(effects):
    volumes, covariates = made_up(4)
    names = [name for name in covariates if not (name == "distance" and "pair" in effects)]
    found = ppml(volumes, covariates, effects=effects, cluster=("pair",))
    expected = oracle(volumes, covariates, names, effects)
    assert list(found.names) == names
    np.testing.assert_allclose(found.estimates, expected.coef(), atol=1e-8)
    np.testing.assert_allclose(found.to_frame()["std_error"], expected.se(), rtol=1e-7)


def test_a_covariate_that_separates_is_found_named_and_its_cells_counted():
    """Under a sanction nothing is ever traded: its effect is −∞, and the cells under it say nothing."""
    volumes, covariates = made_up(5, sanction=True)
    found = ppml(volumes, covariates)
    expected = oracle(volumes, covariates, ["cooperation", "pact"])
    assert found.dropped["sanction"] == "0 on every cell that is left"
    assert found.counts["separated_by_combination"] > 0
    without = oracle(
        volumes.where(covariates["sanction"] == 0), {k: v for k, v in covariates.items() if k != "sanction"},
        ["cooperation", "pact"],
    )  # fmt: skip
    assert found.counts["used"] == without._N < expected._N
    np.testing.assert_allclose(found.estimates, without.coef(), atol=1e-8)
    np.testing.assert_allclose(found.to_frame()["std_error"], without.se(), rtol=1e-7)


def test_separation_across_covariates_and_effects():
    """Gains of a covariate that is 0 on trade, but of both signs on zeros, do not separate; of one sign they do."""
    volumes, covariates = made_up(6, zeros=0.4)
    zero = volumes == 0
    one_sign = xr.where(zero & (covariates["cooperation"] > 1), covariates["cooperation"], 0.0)
    both = xr.where(zero, covariates["cooperation"], 0.0)
    assert ppml(volumes, {"pact": covariates["pact"], "x": both}).counts["separated_by_combination"] == 0
    found = ppml(volumes, {"pact": covariates["pact"], "x": one_sign.transpose(*AXES)})
    assert found.counts["separated_by_combination"] > 0
    assert "x" in found.dropped


@pytest.mark.parametrize("seed", [1, 9, 11, 19, 21, 27, 31, 33])
def test_falling_logs_find_what_linear_programming_finds(seed, monkeypatch):
    """Large panels have no linear programme; on small ones the two ways drop the same cells and covariates."""
    zeros = (0.5, 0.7)[seed % 2]
    volumes, covariates = made_up(seed, years=5, n=12, zeros=zeros, sanction=True)
    exact = ppml(volumes, covariates)
    monkeypatch.setattr("xenotime.networks.estimable.EXACT", 0)
    found = ppml(volumes, covariates)
    assert dict(found.counts) == dict(exact.counts)
    assert found.names == exact.names
    np.testing.assert_allclose(found.estimates, exact.estimates, atol=1e-8)


def test_tiny_trade_takes_longer_to_come_to_rest_and_does_not_separate(monkeypatch):
    """One exporter sells in one year to one importer a hundred-millionth of the mean: its zeros stay."""
    monkeypatch.setattr("xenotime.networks.estimable.EXACT", 0)
    volumes, covariates = made_up(12, zeros=0.3)
    volumes = volumes.fillna(1.0)
    volumes[2, 4] = 0.0
    volumes[2, 4, 7] = 1e-8 * float(volumes.mean())
    used = {name: covariates[name] for name in ("cooperation", "distance")}
    found = ppml(volumes, used, effects=("exporter_year", "importer_year"))
    assert found.converged
    assert found.counts["separated_by_combination"] == 0
    expected = oracle(volumes, used, list(used), ("exporter_year", "importer_year"))
    assert found.counts["used"] == expected._N
    np.testing.assert_allclose(found.estimates, expected.coef(), atol=1e-8)


def test_distance_beside_pair_effects_is_dropped_and_named():
    volumes, covariates = made_up(7)
    found = ppml(volumes, covariates)
    assert "distance" in found.dropped
    assert "pair" in found.dropped["distance"]
    twice = ppml(volumes, {**covariates, "again": 2 * covariates["cooperation"] - covariates["pact"]})
    assert "cooperation, pact" in twice.dropped["again"]
    np.testing.assert_allclose(twice.estimates, found.estimates, atol=1e-10)
    assert "distance" in str(found)


def test_every_cell_is_accounted_for():
    volumes, covariates = made_up(8, zeros=0.8)
    covariates["pact"] = covariates["pact"].where(covariates["pact"].year > 2001)
    counts = dict(ppml(volumes, covariates).counts)
    cells = counts.pop("cells")
    assert cells == volumes.size == sum(counts.values())
    assert counts["own_trade"] == 7 * 12
    off = ~np.eye(12, dtype=bool)
    assert counts["unknown"] == int(np.isnan(volumes.values[:, off]).sum())
    assert counts["covariate_unknown"] == int((~np.isnan(volumes.values[0][off])).sum())


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(1e-3, 1e6))
def test_units_and_order_of_countries_do_not_matter(seed, unit):
    volumes, covariates = made_up(seed, years=4, n=8, zeros=0.2)
    found = ppml(volumes, covariates)
    order = np.random.default_rng(seed).permutation(8)
    turned = (volumes * unit).isel(exporter=order, importer=order)
    again = ppml(turned, covariates)
    np.testing.assert_allclose(again.estimates, found.estimates, atol=1e-7)
    np.testing.assert_allclose(again.covariance, found.covariance, rtol=1e-5, atol=1e-9)
    assert again.pseudo_r2 <= 1


def test_fitted_totals_are_observed_totals():
    """The score equations of the effects: what is fitted adds up to what is traded, by exporter and year."""
    volumes, covariates = made_up(9, zeros=0.0)
    known = volumes.fillna(1.0)
    found = ppml(known, {"cooperation": covariates["cooperation"]}, effects=("exporter_year", "importer_year"))
    eta = np.log(known.values) * 0 + found.params["cooperation"] * covariates["cooperation"].values
    off = ~np.eye(12, dtype=bool)
    mu = np.exp(eta) * off
    target = known.values * off
    for _ in range(500):  # fit the effects by balancing, a way of its own
        mu *= (target.sum(axis=2) / mu.sum(axis=2))[:, :, None]
        mu *= (target.sum(axis=1) / mu.sum(axis=1))[:, None, :]
    gap = ((target - mu) * covariates["cooperation"].values).sum()
    assert abs(gap) < 1e-6 * target.sum()


def test_what_cannot_be_is_refused():
    volumes, covariates = made_up(10)
    with pytest.raises(InputError, match="negative"):
        ppml(volumes - 1, covariates)
    with pytest.raises(InputError, match="differ in year: 2001"):
        ppml(volumes, {"pact": covariates["pact"].sel(year=slice(2002, None))})
    with pytest.raises(InputError, match="importer_year"):
        ppml(volumes, covariates, effects=("importer_years",))
    with pytest.raises(InputError, match="no covariate can be estimated"):
        ppml(volumes, {"distance": covariates["distance"]})
    with pytest.raises(InputError, match="no cell is left"):
        ppml(volumes * 0, covariates)
    with pytest.raises(InputError, match="at least one"):
        ppml(volumes, {})
