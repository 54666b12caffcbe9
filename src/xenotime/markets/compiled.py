"""What the compiled solver of `gsim_batch` works on: named arrays, and how its functions are compiled.

Matrices here are transposed, [importer, exporter], so that one importer's shares lie side by side.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numba
import numpy as np
from numpy.typing import NDArray

from xenotime.markets.limits import CAP, PAYMENT, PURCHASE, QUOTA, UNDERTAKING
from xenotime.markets.market import Array

Whole = NDArray[np.int64]
KIND = {QUOTA: 0, UNDERTAKING: 1, PAYMENT: 2, PURCHASE: 3, CAP: 4}
IS_QUOTA, IS_UNDERTAKING, IS_PAYMENT, IS_PURCHASE, IS_CAP = 0, 1, 2, 3, 4
TO_EXPORTER, TO_IMPORTER = -1, -2


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function, once for all processes."""
    options = {"reassoc", "contract", "arcp", "nsz"}  # sums may be reordered; infinities and NaN keep their meaning
    compile_it = numba.njit(cache=True, nogil=True, fastmath=options, error_model="numpy")
    return cast(Callable[..., Any], compile_it(function))


class Limits(NamedTuple):
    """The limits: G of them on U pairs, N times a limit meets a pair.

    `kind`, `sign`, `target`, `row`, `at_border` and `owner` (G,) as in `xenotime.markets.limits`. The pairs of limit g
    are `cell[first[g]:first[g + 1]]`, positions in `importer` and `exporter` (U,); the limits on pair u are
    `limit[met[u]:met[u + 1]]`.
    """

    kind: Whole
    sign: Array
    target: Array
    row: Whole
    at_border: NDArray[np.bool_]
    owner: Whole
    first: Whole
    cell: Whole
    importer: Whole
    exporter: Whole
    met: Whole
    limit: Whole


class Case(NamedTuple):
    """One scenario: what is the same in all draws.

    `theta`, `delta`, `phi` (n, n) base shares, 0 where banned; `wedge`, `border` (n, n) log wedges, all and before the
    border; `output` (n,) of exporters at the base; `money` (5, n, n) per unit of the producer's receipts: border value,
    landed value, tariff, export tax, subsidies; `active` (n,) exporters that still sell; `additive` whether quantities
    add up (the nest "aces"). Banned goods with a stand-in: their importers, base shares and log prices.
    """

    theta: Array
    delta: Array
    phi: Array
    wedge: Array
    border: Array
    output: Array
    money: Array
    active: NDArray[np.bool_]
    additive: bool
    gone_importer: Whole
    gone_theta: Array
    gone_delta: Array
    gone_price: Array
    limits: Limits


class Draw(NamedTuple):
    """The elasticities (n,), and what stands in for banned goods in each importer's sums (4, n); see `stand_in`."""

    demand: Array
    supply: Array
    sigma: Array
    stand_in: Array


class Wedges(NamedTuple):
    """Log wedges with those of the limits, W^(1−σ) and 1/W, each (n, n)."""

    log: Array
    power: Array
    inverse: Array


class Point(NamedTuple):
    """Where the search stands.

    Log prices `x` (n,) and multipliers `m` (G,); `pull` (n, n), the σ A + B of `xenotime.markets.nests`; `weight`
    (n, n), shares of what an exporter sells; `per_demand` (n,), one over what it sells, over base; `composite` (n,),
    log composite prices; `gap` (n,), ln(demand/supply); `slack` (G,) of the limits; `part` (N,), shares of a quota's
    volume.
    """

    x: Array
    m: Array
    pull: Array
    weight: Array
    per_demand: Array
    composite: Array
    gap: Array
    slack: Array
    part: Array


class Border(NamedTuple):
    """What the limits add to the Jacobian; see `xenotime.markets.step`.

    By limit and exporter (G, n): `cross`, and `pulled` over the diagonal. By importer and limit (n, G): `through` and
    `bought`. `inverse` (G, G) is that of what is left of M when prices are taken out; `diagonal` (n,) is D.
    """

    cross: Array
    pulled: Array
    through: Array
    bought: Array
    inverse: Array
    diagonal: Array


class Books(NamedTuple):
    """What is filled, one row a draw.

    `x`, `composite`, `sales` (draws, n): log producer and composite prices, quantity sold over base; `exporter` (draws,
    3, n): export tax, cost of subsidies and floors, rents by country; `tariff` (draws, n); `totals` (draws, 4): trade
    between countries in quantity, producer, border and landed value; `residual`, `steps` (draws,).
    """

    x: Array
    composite: Array
    sales: Array
    exporter: Array
    tariff: Array
    totals: Array
    residual: Array
    steps: Whole

    @classmethod
    def empty(cls, draws: int, n: int, bases: int) -> "Books":
        """Return books in which nothing is solved yet."""
        return cls(
            x=np.empty((draws, n)),
            composite=np.empty((draws, n)),
            sales=np.empty((draws, n)),
            exporter=np.empty((draws, 3, n)),
            tariff=np.empty((draws, n)),
            totals=np.empty((draws, bases)),
            residual=np.full(draws, np.inf),
            steps=np.zeros(draws, dtype=np.int64),
        )

    def rows(self, rows: slice) -> "Books":
        """Return some draws, to be filled in place."""
        return Books(**{name: values[rows] for name, values in self._asdict().items()})
