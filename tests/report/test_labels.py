"""Labels do not cover each other, and move no more than they must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from xenotime.report.labels import distance, overlap, place, spread, text_size, wrapped

heights = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=8)


@given(heights)
def test_spread_keeps_the_gap_and_the_order(wanted: list[float]):
    placed = spread(wanted, 7.0)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= 7.0 - 1e-9)


@given(heights)
def test_spread_leaves_alone_what_is_apart(wanted: list[float]):
    apart = np.sort(wanted) + 10 * np.arange(len(wanted))
    np.testing.assert_allclose(spread(apart, 9.9), apart)


def test_spread_moves_as_little_as_a_numerical_optimiser():
    wanted = np.array([10.0, 11.0, 11.5, 30.0, 33.0])
    gap = 5.0
    best = minimize(
        lambda x: np.sum((x - wanted) ** 2),
        wanted + gap * np.arange(5),
        constraints=[{"type": "ineq", "fun": lambda x: np.diff(x) - gap}],
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    np.testing.assert_allclose(spread(wanted, gap), best.x, atol=1e-4)


def test_spread_stays_between_the_ends():
    placed = spread([0.0, 0.1, 99.9, 100.0], 8.0, 0.0, 100.0)
    np.testing.assert_allclose(placed, [0, 8, 92, 100])


def test_spread_of_nothing_is_nothing():
    assert spread([], 5.0).shape == (0,)


def test_placed_boxes_do_not_touch_and_hold_to_the_bounds():
    rng = np.random.default_rng(3)
    points = rng.uniform(20, 180, (14, 2))
    sizes = np.column_stack([rng.uniform(10, 40, 14), np.full(14, 7.0)])
    dots = [(x - 1, y - 1, x + 1, y + 1) for x, y in points]
    boxes = [box for box in place(points, sizes, (0, 0, 200, 200), keep_clear=dots) if box]
    assert len(boxes) > 8
    for i, one in enumerate(boxes):
        assert one[0] >= 0
        assert one[3] <= 200
        assert not any(overlap(one, other) for other in boxes[:i] + dots)


def test_a_label_without_room_is_left_out():
    assert place([[5.0, 5.0]], [[50.0, 7.0]], (0, 0, 20, 20)) == [None]


def test_longer_text_is_wider():
    assert text_size("Viet Nam", 7)[0] > text_size("Viet", 7)[0] > 0
    assert text_size(" ", 7)[0] == 0
    assert text_size("China", 14)[0] == pytest.approx(2 * text_size("China", 7)[0], rel=0.05)


def test_wrapped_lines_fit_and_keep_every_word():
    text = "Concentrate and unseparated compounds, US$\u00a0billion"
    lines = wrapped(text, 90, 8)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_size(line, 8)[0] <= 90 or " " not in line for line in lines)


def test_the_distance_to_a_box_is_to_its_nearest_edge():
    assert distance((0.0, 0.0), (3.0, 4.0, 10.0, 10.0)) == pytest.approx(5)
    assert distance((5.0, 0.0), (3.0, 4.0, 10.0, 10.0)) == pytest.approx(4)
    assert distance((5.0, 5.0), (3.0, 4.0, 10.0, 10.0)) == 0
