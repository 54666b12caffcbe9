"""Networks at random with the same degrees, and how far the true one stands from them."""

from collections.abc import Iterator

import numpy as np

from xenotime.core import generator
from xenotime.networks.layers import Bools, Floats

#: Attempted switches a tie; a few suffice to forget the start (Milo et al. 2003, cond-mat/0312028, take 100).
SWITCHES = 20


def same_degrees(ties: Bools, draws: int, seed: int, *labels: str | int) -> Iterator[Bools]:
    """Yield networks in which every country keeps its in- and out-degree, each begun from the last.

    Parameters
    ----------
    ties : ndarray of bool, shape (n, n)
    draws, seed, labels
        How many, and the stream of randomness (convention 8).
    """
    from xenotime.networks.structure import kernels

    random = generator(seed, "same_degrees", *labels)
    attempts = SWITCHES * int(ties.sum())
    current = ties
    for burn_in in (5, *([1] * draws)):
        current = kernels.switch(current, burn_in * attempts, random)
        if burn_in == 1:
            yield current


def against(observed: Floats, drawn: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean and standard deviation over draws (first axis), and z = (observed − mean) / deviation.

    z is NaN where the draws do not differ (by more than rounding).
    """
    mean, deviation = drawn.mean(axis=0), drawn.std(axis=0, ddof=1)
    varies = deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    z = np.divide(observed - mean, deviation, out=np.full(np.shape(mean), np.nan), where=varies)
    return mean, deviation, z
