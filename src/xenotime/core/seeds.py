"""Randomness from one seed, independent of the number of workers (convention 8)."""

import zlib

import numpy as np

from xenotime.core.errors import InputError


def generator(seed: int, *labels: str | int) -> np.random.Generator:
    """Return the random generator that belongs to a seed and a named use of it.

    Two different label sequences give independent streams; the same ones always give the same numbers, in whatever
    order or process they are asked for.

    Parameters
    ----------
    seed : int
        The user's seed, not negative.
    *labels : str or int
        What the stream is for, e.g. ``"ties", "upstream", 2005``.

    Raises
    ------
    InputError
        The seed is no whole number of 0 or more.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"the seed is {seed!r}", remedy="give a whole number of 0 or more, so that it can be repeated")
    key = tuple(label if isinstance(label, int) else zlib.crc32(label.encode()) for label in labels)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
