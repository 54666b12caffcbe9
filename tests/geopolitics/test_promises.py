"""What holds of every network whatever the events: volume of the media, labels, symmetry, parts and whole."""

import numpy as np
import polars as pl
import pytest
from event_worlds import NAMES, days_of, drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime import geopolitics as geo
from xenotime.geopolitics.measures import MEASURES, NORMALISATIONS, TRANSFORMS

DAYS = days_of({2001: 300, 2002: 365, 2004: 200})
CHOICES = [
    (measure.name, normalise, transform)
    for measure in MEASURES.values()
    for normalise in measure.normalisations
    for transform in TRANSFORMS
]
EVERY = pytest.mark.parametrize(("measure", "normalise", "transform"), CHOICES)
SEEDS = st.integers(0, 20)
FEW = settings(max_examples=4)


def networks(counts, measure, normalise, transform, **more):
    return geo.event_networks(counts, DAYS, measure=measure, normalise=normalise, transform=transform, **more)


@EVERY
@FEW
@given(seed=SEEDS, year=st.sampled_from([2001, 2002, 2004]))
def test_a_year_with_ten_times_the_media(measure, normalise, transform, seed, year):
    counts = drawn(seed)
    here = pl.col("year") == year
    louder = counts.with_columns(
        pl.when(here).then(pl.col("events") * 10).otherwise("events").alias("events"),
        pl.when(here).then(pl.col("intensity_sum") * 10).otherwise("intensity_sum").alias("intensity_sum"),
    )
    one, other = (networks(frame, measure, normalise, transform) for frame in (counts, louder))
    same = all(np.allclose(one[name], other[name], equal_nan=True, rtol=1e-9, atol=1e-9) for name in one.data_vars)
    assert same == (NORMALISATIONS[normalise].media_proof or TRANSFORMS[transform].media_proof)
    assert one.attrs["media_proof"] == same


@EVERY
@FEW
@given(seed=SEEDS, order=st.permutations(NAMES))
def test_relabelled_countries_give_relabelled_networks(measure, normalise, transform, seed, order):
    counts = drawn(seed)
    new = dict(zip(NAMES, order, strict=True))
    moved = counts.with_columns(pl.col("actor").replace_strict(new), pl.col("target").replace_strict(new))
    one = networks(counts, measure, normalise, transform, countries=NAMES, directed=True)
    other = networks(moved, measure, normalise, transform, countries=[new[name] for name in NAMES], directed=True)
    for name in one.data_vars:
        np.testing.assert_allclose(one[name].values, other[name].values, atol=1e-9)


@EVERY
@FEW
@given(seed=SEEDS)
def test_undirected_is_symmetric_and_known_is_finite(measure, normalise, transform, seed):
    made = networks(drawn(seed), measure, normalise, transform, years=range(2001, 2005))
    for name in made.data_vars:
        values = made[name].values
        np.testing.assert_allclose(values, values.swapaxes(1, 2), atol=1e-9)
        assert np.isnan(values[2]).all()
        off = ~np.eye(len(NAMES), dtype=bool)
        assert np.isfinite(values[[0, 1, 3]][:, off]).all()
        assert TRANSFORMS[transform].signed or (values[[0, 1, 3]][:, off] >= 0).all()


@pytest.mark.parametrize(("measure", "normalise"), sorted({choice[:2] for choice in CHOICES}))
@FEW
@given(seed=SEEDS)
def test_verbal_and_material_are_all(measure, normalise, seed):
    made = networks(drawn(seed), measure, normalise, "none")
    for side in ("cooperation", "conflict"):
        np.testing.assert_allclose(made[f"verbal_{side}"] + made[f"material_{side}"], made[side])
    if measure == "events" and normalise != "dyad_total":
        np.testing.assert_allclose(made["cooperation"] + made["conflict"], made["total"])
    if measure == "share":
        with_events = made["total"] > 0
        shares = (made["cooperation"] + made["conflict"]).values[with_events.values]
        np.testing.assert_allclose(shares, 1.0)


@FEW
@given(seed=SEEDS)
def test_left_out_and_kept_economic_events_are_all(seed):
    counts = drawn(seed)
    plain = {"normalise": "none", "transform": "none"}
    without, whole = (geo.event_networks(counts, economic=keep, **plain) for keep in (False, True))
    codes = pl.col("code").is_in(["061", "163"])
    economic = geo.event_networks(counts.filter(codes), economic=True, countries=NAMES, known=NAMES, **plain)
    np.testing.assert_allclose(
        np.nan_to_num(without["total"].values) + np.nan_to_num(economic["total"].values),
        np.nan_to_num(whole["total"].values),
    )


@FEW
@given(seed=SEEDS)
def test_the_order_of_rows_does_not_matter(seed):
    counts = drawn(seed)
    one, other = geo.event_networks(counts), geo.event_networks(counts.sample(fraction=1, shuffle=True, seed=seed))
    for name in one.data_vars:
        np.testing.assert_allclose(one[name].values, other[name].values)
