"""Follow communities through the years: the same label for the same community, and what became of each.

Communities of two years are paired so that the sum of their overlaps is greatest (Kuhn 1955, Hungarian method), as
Greene, Doyle, Cunningham (2010, ASONAM) match them one by one. Overlap is Jaccard's index weighted by turnover: half
of the countries may leave without a new label when those that stay trade nearly all.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Least weighted Jaccard overlap of a community with itself a year later.
LEAST_OVERLAP = 0.2
#: How many years a community may be out of sight and still return under its label.
MEMORY = 3


@dataclass(frozen=True)
class Event:
    """A beginning or an end of a community.

    Attributes
    ----------
    year_index : int
        Of the first year in which it is seen (beginnings) or no longer seen (ends).
    kind : str
        Beginnings: ``birth``, ``split`` (at least half of its turnover of the year before came out of `other`),
        ``return`` (seen before, out of sight in between). Ends: ``death``, ``merge`` (at least half of its turnover
        went into `other`), ``pause`` (it will return).
    track : int
        Which community.
    other : int
        The community it split from or merged into; −1 without one.
    share : float
        Share of its turnover in the earlier of the two years that came out of, or went into, `other`; NaN without one.
    """

    year_index: int
    kind: Literal["birth", "split", "return", "death", "merge", "pause"]
    track: int
    other: int
    share: float


def overlap(one: Ints, mass_one: Floats, other: Ints, mass_other: Floats) -> Floats:
    """Return the weighted Jaccard overlap (communities of `one`, communities of `other`), in the order of labels.

    Σ m_i over countries in both over Σ m_i over countries in either, m_i the mean of the two masses.

    Parameters
    ----------
    one, other : ndarray of int, shape (n,)
        Labels; negative: in no community.
    mass_one, mass_other : ndarray, shape (n,)
        Weight of each country in either year, on one scale (shares of turnover).
    """
    mass = (mass_one + mass_other) / 2
    a, b = _members(one), _members(other)
    both = (a * mass[:, None]).T @ b
    either = (mass @ a)[:, None] + (mass @ b)[None, :] - both
    found: Floats = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return found


def _members(label: Ints) -> Floats:
    """Return the matrix (n, communities) of 0 and 1, communities in the order of labels."""
    present = np.unique(label[label >= 0])
    found: Floats = (label[:, None] == present).astype(float)
    return found


def follow(labels: Ints, mass: Floats, least_overlap: float = LEAST_OVERLAP, memory: int = MEMORY) -> Ints:
    """Return labels (years, n) that name the same community alike in every year; −1 stays −1.

    A year's communities are paired with those of the year before; those left over, with communities out of sight for
    up to `memory` years; the rest begin. Tracks are numbered from 0 by their mass over all years, largest first.

    Parameters
    ----------
    labels : ndarray of int, shape (years, n)
        Communities of each year, labels of one year meaning nothing in another; −1 where a country does not trade.
    mass : ndarray, shape (years, n)
        Weight of each country in each year, e.g. its share of turnover.
    least_overlap : float
        Least overlap of a community with itself.
    memory : int
        See above.
    """
    from scipy.optimize import linear_sum_assignment

    years, n = labels.shape
    tracks = np.full((years, n), -1)
    last_seen: dict[int, int] = {}
    count = 0
    for t in range(years):
        present = np.unique(labels[t][labels[t] >= 0])
        found: dict[int, int] = {}
        recent = [track for track, seen in last_seen.items() if seen == t - 1]
        paused = [track for track, seen in last_seen.items() if t - 1 - memory <= seen < t - 1]
        for candidates in (recent, paused):
            left = [int(c) for c in present if c not in found]
            score = np.zeros((len(candidates), len(left)))
            for row, track in enumerate(candidates):
                seen = last_seen[track]
                was = np.where(tracks[seen] == track, 0, -1)
                now = np.where(np.isin(labels[t], left), labels[t], -1)
                score[row] = overlap(was, mass[seen], now, mass[t])[0] if left else []
            for row, column in zip(*linear_sum_assignment(score, maximize=True), strict=True):
                if score[row, column] >= least_overlap:
                    found[left[column]] = candidates[row]
        for c in present:
            track = found.get(int(c), count)
            count = max(count, track + 1)
            tracks[t][labels[t] == c] = track
            last_seen[track] = t
    return _by_mass(tracks, mass, count)


def _by_mass(tracks: Ints, mass: Floats, count: int) -> Ints:
    held = tracks >= 0
    weight = np.bincount(tracks[held], weights=mass[held], minlength=count)
    place = np.empty(count + 1, dtype=np.int64)
    place[np.argsort(-weight, kind="stable")] = np.arange(count)
    place[count] = -1
    return place[np.where(held, tracks, count)]


def events(tracks: Ints, mass: Floats) -> list[Event]:
    """Return every beginning and end after the first year, in order of year.

    Parameters
    ----------
    tracks : ndarray of int, shape (years, n)
        From `follow`.
    mass : ndarray, shape (years, n)
        As there.
    """
    seen = {int(k): np.flatnonzero((tracks == k).any(axis=1)) for k in np.unique(tracks[tracks >= 0])}
    found = []
    for t in range(1, len(tracks)):
        for track, years in seen.items():
            before, now = t - 1 in years, t in years
            if now and not before:
                returns = bool(years[0] < t)
                other, share = _main(tracks[t - 1], mass[t - 1], tracks[t] == track)
                if returns or other < 0:
                    found.append(Event(t, "return" if returns else "birth", track, -1, float("nan")))
                else:
                    found.append(Event(t, "split", track, other, share))
            elif before and not now:
                pauses = bool(years[-1] > t)
                other, share = _main(tracks[t], mass[t - 1], tracks[t - 1] == track)
                if pauses or other < 0:
                    found.append(Event(t, "pause" if pauses else "death", track, -1, float("nan")))
                else:
                    found.append(Event(t, "merge", track, other, share))
    return found


def _main(labels: Ints, mass: Floats, among: NDArray[np.bool_]) -> tuple[int, float]:
    """Return the community of `labels` that holds at least half of the mass of the countries `among`, and its share."""
    total = mass[among].sum()
    inside = among & (labels >= 0)
    if total <= 0 or not inside.any():
        return -1, float("nan")
    held = np.bincount(labels[inside], weights=mass[inside])
    most = int(held.argmax())
    share = float(held[most] / total)
    return (most, share) if share >= 0.5 else (-1, float("nan"))
