"""Joint tests of several coefficients from the headline covariance.

The year-clustered matrix of T years has rank T − 1 at most, so a test of as many coefficients as years, or more, is
refused. The statistic is referred to Hotelling's distribution, which allows for a matrix estimated from few years; for
one coefficient it is the square of its t.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from xenotime.core import InputError
from xenotime.tergm.labels import listing
from xenotime.tergm.results import TergmFit


@dataclass(frozen=True)
class Wald:
    """A joint test that coefficients are zero.

    Attributes
    ----------
    terms : tuple of str
    statistic : float
        Wald's quadratic form.
    f : float
        Scaled to Fisher's F.
    degrees : (float, float)
        Of F; the second is infinite where the headline is normal.
    p_value : float
    """

    terms: tuple[str, ...]
    statistic: float
    f: float
    degrees: tuple[float, float]
    p_value: float

    def __str__(self) -> str:
        return (
            f"Joint test that {listing(self.terms)} are zero: F({self.degrees[0]:g}, {self.degrees[1]:g}) = "
            f"{self.f:.3f}, p = {self.p_value:.4f}"
        )


def wald(fit: TergmFit, terms: Iterable[str] | None = None) -> Wald:
    """Test that coefficients are zero together (all estimated ones if absent).

    Raises
    ------
    InputError
        Where a coefficient is not estimated, or as many are tested as there are years.
    """
    estimates, estimated = fit.theta, [fit.names[column] for column in fit.estimated]
    names = tuple(estimated if terms is None else [terms] if isinstance(terms, str) else terms)
    foreign = [name for name in names if name not in estimated]
    if foreign or not names:
        raise InputError(f"no estimated coefficient {listing(foreign)}", remedy=f"choose from {listing(estimated)}")
    count = len(names)
    if count > fit.degrees:
        raise InputError(
            f"a joint test of {count} coefficients with {fit.degrees + 1:g} years: the year-clustered matrix has rank "
            f"{fit.degrees:g} at most",
            remedy="test fewer coefficients together",
        )
    columns = [fit.names.index(name) for name in names]
    value = estimates[columns]
    statistic = float(value @ np.linalg.solve(fit.covariance[np.ix_(columns, columns)], value))
    if np.isinf(fit.degrees):
        return Wald(names, statistic, statistic / count, (count, np.inf), float(special.chdtrc(count, statistic)))
    second = fit.degrees - count + 1
    f = statistic * second / (count * fit.degrees)
    return Wald(names, statistic, f, (count, second), float(special.fdtrc(count, second, f)))
