"""Communities through the years: planted merges, splits, births, deaths and pauses are found, labels hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xenotime.networks.communities.tracks import Event, events, follow, overlap


def story(*years: str) -> np.ndarray:
    """One letter a country and year, a dot where it does not trade."""
    return np.array([[-1 if letter == "." else ord(letter) for letter in year] for year in years])


def kinds(labels: np.ndarray, mass: np.ndarray | None = None) -> list[tuple[int, str, int, int]]:
    mass = np.ones(labels.shape) if mass is None else mass
    tracks = follow(labels, mass)
    return [(one.year_index, one.kind, one.track, one.other) for one in events(tracks, mass)]


def test_names_change_communities_do_not():
    tracks = follow(story("aaabb", "ccczz", "bbbaa"), np.ones((3, 5)))
    assert tracks.tolist() == [[0, 0, 0, 1, 1]] * 3
    assert kinds(story("aaabb", "ccczz", "bbbaa")) == []


def test_split_and_merge():
    assert kinds(story("aaaaabb", "aaaccbb")) == [(1, "split", 2, 0)]
    assert kinds(story("aaaccbb", "aaaaabb")) == [(1, "merge", 2, 0)]
    tracks = follow(story("aaaccbb", "aaaaabb"), np.ones((2, 7)))
    assert events(tracks, np.ones((2, 7))) == [Event(1, "merge", 2, 0, 1.0)]


def test_birth_and_death():
    assert kinds(story("aaa..", "aaabb")) == [(1, "birth", 1, -1)]
    assert kinds(story("aaabb", "aaa..")) == [(1, "death", 1, -1)]


def test_pause_and_return_under_the_same_label():
    labels = story("aaabb", "aaaaa", "aaabb")
    assert follow(labels, np.ones((3, 5))).tolist() == [[0, 0, 0, 1, 1], [0] * 5, [0, 0, 0, 1, 1]]
    assert [kind for _, kind, _, _ in kinds(labels)] == ["pause", "return"]


def test_forgotten_after_the_memory_ends():
    labels = story("aaabb", *["aaaaa"] * 4, "aaabb")
    assert [kind for _, kind, _, _ in kinds(labels)] == ["merge", "split"]


def test_weight_decides_which_part_keeps_the_label():
    """Two countries of six trade nearly all: where they go, the label goes."""
    mass = np.tile([10.0, 10, 1, 1, 1, 1], (2, 1))
    tracks = follow(story("aaaaaa", "aabbbb"), mass)
    assert tracks[1].tolist() == [0, 0, 1, 1, 1, 1]
    # By number alone the four would keep it.
    tracks = follow(story("aaaaaa", "aabbbb"), np.ones((2, 6)))
    assert (tracks[1][2:] == tracks[0][0]).all()


def test_overlap_by_hand():
    one, other = np.array([0, 0, 1]), np.array([5, 7, 7])
    mass = np.array([2.0, 1.0, 1.0])
    assert overlap(one, mass, other, mass).tolist() == [[2 / 3, 1 / 4], [0, 1 / 2]]


@given(arrays(np.int64, (4, 8), elements=st.integers(-1, 3)))
def test_tracks_are_the_same_partitions(labels):
    tracks = follow(labels, np.ones(labels.shape))
    for before, after in zip(labels, tracks):
        assert ((before < 0) == (after < 0)).all()
        traded = before >= 0
        same = before[:, None] == before
        assert (same == (after[:, None] == after))[np.ix_(traded, traded)].all()


@given(arrays(np.int64, (4, 8), elements=st.integers(-1, 3)))
def test_every_change_of_tracks_has_one_event(labels):
    mass = np.ones(labels.shape)
    tracks = follow(labels, mass)
    told = {(one.year_index, one.track) for one in events(tracks, mass)}
    changed = set()
    for t in range(1, len(tracks)):
        changed |= {(t, int(k)) for k in set(tracks[t - 1]) ^ set(tracks[t]) if k >= 0}
    assert told == changed


@pytest.mark.parametrize("seed", range(3))
def test_order_of_countries_does_not_matter(seed):
    random = np.random.default_rng(seed)
    labels, mass = random.integers(0, 4, (6, 30)), random.lognormal(0, 1, (6, 30))
    order = random.permutation(30)
    tracks, other = follow(labels, mass), follow(labels[:, order], mass[:, order])
    same = tracks[:, order].ravel()[:, None] == tracks[:, order].ravel()
    assert (same == (other.ravel()[:, None] == other.ravel())).all()
