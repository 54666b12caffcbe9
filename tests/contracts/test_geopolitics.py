"""Every measure, normalisation, transform and centrality of events, by being listed, is described and holds good."""

from pathlib import Path

import numpy as np
import pytest

from xenotime.geopolitics import CENTRALITIES, MEASURES, NORMALISATIONS, TRANSFORMS
from xenotime.geopolitics.measures import Volume
from xenotime.geopolitics.relations import NO_ZERO, STATE_SYSTEM
from xenotime.schema import RELATIONS

DOCS = (Path(__file__).parents[2] / "docs" / "geopolitics.md").read_text(encoding="utf-8")
LISTS = (MEASURES, NORMALISATIONS, TRANSFORMS, CENTRALITIES)
YEARS, N = 3, 6


def proof(one):
    return "yes" if one.media_proof else "no"


ROWS = [
    *(
        f"| `{m.name}` | {m.title} | {m.unit} | {m.definition} | {', '.join(m.normalisations)} |"
        for m in MEASURES.values()
    ),
    *(f"| `{n.name}` | {n.title} | {n.unit} | {n.definition} | {proof(n)} |" for n in NORMALISATIONS.values()),
    *(f"| `{t.name}` | {t.title} | {t.unit} | {t.definition} | {proof(t)} |" for t in TRANSFORMS.values()),
    *(f"| `{c.name}` | {c.title} | {c.definition} |" for c in CENTRALITIES.values()),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_stands_in_the_docs(row):
    assert row in DOCS, f"docs/geopolitics.md lacks the row\n{row}"


@pytest.mark.parametrize("registry", LISTS)
def test_is_listed_under_its_name(registry):
    assert all(one.name == name and one.title and one.definition for name, one in registry.items())


def test_measures_name_normalisations_that_exist():
    assert all(set(one.normalisations) <= set(NORMALISATIONS) for one in MEASURES.values())


def test_every_relation_is_of_the_state_system_or_of_those_its_source_names():
    assert set(RELATIONS) >= STATE_SYSTEM
    assert set(RELATIONS) >= NO_ZERO
    assert not STATE_SYSTEM & NO_ZERO


def weights(seed):
    rng = np.random.default_rng(seed)
    found = np.where(rng.random((YEARS, N, N)) < 0.6, np.floor(rng.exponential(20, (YEARS, N, N))), 0.0)
    found[:, range(N), range(N)] = 0.0
    known = np.ones(found.shape, dtype=bool)
    known[2] = False
    known[:, 4, :] = known[:, :, 4] = False
    known[:, range(N), range(N)] = False
    return np.where(known, found, 0.0), known


def frozen(array):
    array.setflags(write=False)  # a function that writes into its arguments fails here
    return array


@pytest.mark.parametrize("one", NORMALISATIONS.values(), ids=NORMALISATIONS)
@pytest.mark.parametrize("seed", range(5))
def test_normalisations(one, seed):
    x, _ = weights(seed)
    days, year = np.array([365.0, 12.0, 200.0]), x.sum(axis=(1, 2))
    made = one.function(frozen(x), Volume(frozen(days), frozen(year), frozen(x)))
    assert (made >= 0).all()
    assert np.isfinite(made).all()
    assert ((made > 0) == (x > 0)).all()
    louder = one.function(7 * x, Volume(days, 7 * year, 7 * x))
    np.testing.assert_allclose(louder, made if one.media_proof else 7 * made)
    gap = one.function(x, Volume(days / 2, year, x))
    np.testing.assert_allclose(gap, 2 * made if one.needs_days else made)


@pytest.mark.parametrize("one", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("seed", range(5))
def test_transforms(one, seed):
    x, known = weights(seed)
    made = one.function(frozen(x), frozen(known))
    assert np.isnan(made[~known]).all()
    assert np.isfinite(made[known]).all()
    assert one.signed == bool((made[known] < 0).any())
    if one.media_proof:
        np.testing.assert_allclose(one.function(7 * x, known)[known], made[known])
    if not one.signed:
        assert (made[known & (x == 0)] == 0).all()
        for year in range(2):
            here = known[year]
            assert (np.diff(made[year][here][np.argsort(x[year][here])]) >= 0).all()
    order = np.random.default_rng(seed).permutation(N)
    moved = one.function(x[:, order][:, :, order], known[:, order][:, :, order])
    np.testing.assert_allclose(moved, made[:, order][:, :, order], atol=1e-9)


@pytest.mark.parametrize("one", CENTRALITIES.values(), ids=CENTRALITIES)
@pytest.mark.parametrize("seed", range(10))
def test_centralities(one, seed):
    rng = np.random.default_rng(seed)
    w = np.where(rng.random((8, 8)) < 0.5, rng.exponential(3, (8, 8)), 0.0)
    np.fill_diagonal(w, 0.0)
    made = one.function(frozen(w > 0), frozen(w))
    assert made.shape == (8,)
    assert ((made >= 0) & (made <= 1 + 1e-12)).all()
    order = rng.permutation(8)
    ix = np.ix_(order, order)
    np.testing.assert_allclose(one.function((w > 0)[ix], w[ix]), made[order], atol=1e-9)
    np.testing.assert_allclose(one.function(w > 0, 1000 * w), made, atol=1e-9)
    assert (one.function(np.zeros((8, 8), dtype=bool), np.zeros((8, 8))) == 0).all()
