"""Follow goods through the countries that pass them on, by proportional mixing.

Trade statistics record one border at a time. To say who carries goods from A to B one must say what a carrier's exports
are made of, and the plainest answer is: the same mix as everything it disposes of. This is the proportionality
assumption of trade in value added (Johnson, Noguera 2012, J. Int. Econ. 86:224), and the rule by which flows of
electricity are traced (Bialek 1996, IEE Proc. Gener. Transm. Distrib. 143:313).

In the symbols of docs/networks.md, country k disposes of T_k = max(s_k^in, s_k^out). What it exports beyond its
imports it made, o_k = T_k − s_k^in; what it imports beyond its exports it used, c_k = T_k − s_k^out. Goods in k leave
for j with probability P_kj = w_kj / T_k and stay with c_k / T_k: an absorbing Markov chain (Kemeny, Snell 1960).

It is naïve about value: a magnet that leaves Malaysia is not told from one that entered it. A country that makes and
uses at home shows only the difference of the two, so its carrying is overstated. It does not see stages; `stages` does.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.networks.layers import Bools, Floats


@dataclass(frozen=True)
class Passage:
    """What of A's shipments arrives in B, and by whom; thousand USD.

    Attributes
    ----------
    shipped : float
        All that A exports.
    direct : float
        From A to B without a carrier.
    carried : ndarray, shape (n,)
        Of A's goods that arrive in B, those that k hands over as the last carrier; they sum to all indirect arrivals.
    through : ndarray, shape (n,)
        Of A's goods that arrive in B, those that pass through k anywhere on their way; a path through two countries
        counts for both, so this does not sum to arrivals.
    used : ndarray, shape (n,)
        Used up on the way, by country.
    returned : float
        Come back to A.
    """

    shipped: float
    direct: float
    carried: Floats
    through: Floats
    used: Floats
    returned: float

    @property
    def arrived(self) -> float:
        """All of A's goods that arrive in B."""
        return self.direct + float(self.carried.sum())


def dispositions(flow: Floats) -> tuple[Floats, Floats, Floats]:
    """Return T, o and c of each country, shape (n,) each; `flow` is (n, n), zero where unknown."""
    exports, imports = flow.sum(axis=1), flow.sum(axis=0)
    disposed = np.maximum(exports, imports)
    return disposed, disposed - imports, disposed - exports


def onward(flow: Floats) -> Floats:
    """Return P, shape (n, n): where goods that are in k go next; rows sum to 1 less the share that k uses."""
    disposed, _, _ = dispositions(flow)
    return np.divide(flow, disposed[:, None], out=np.zeros_like(flow), where=disposed[:, None] > 0)


def _reached(flow: Floats, first: Bools, closed: Bools) -> Bools:
    """Return the countries that goods from `first` reach, without going through `closed`."""
    reached: Bools = first & ~closed
    while True:
        wider: Bools = reached | ((flow[reached] > 0).any(axis=0) & ~closed)
        if (wider == reached).all():
            return reached
        reached = wider


def passage(flow: Floats, origin: int, destination: int) -> Passage:
    """Follow all that `origin` ships until it first arrives in `destination`, is used elsewhere, or comes back.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        Thousand USD, exporter before importer, zero where unknown and on the diagonal.
    origin, destination : int
        Positions, not the same.
    """
    n = len(flow)
    disposed, _, use = dispositions(flow)
    ends = np.zeros(n, dtype=bool)
    ends[[origin, destination]] = True
    # A closed circle of countries that nothing enters has no end, and would make the system singular.
    between = np.flatnonzero(_reached(flow, flow[origin] > 0, ends))
    step = onward(flow)
    # Expected visits: fundamental[k, l] is how often goods that are in k are in l before they end.
    fundamental = np.linalg.inv(np.eye(len(between)) - step[np.ix_(between, between)])
    visits = flow[origin, between] @ fundamental
    arrive = fundamental @ step[between, destination]

    carried, through, used = np.zeros(n), np.zeros(n), np.zeros(n)
    carried[between] = visits * step[between, destination]
    through[between] = visits / np.diag(fundamental) * arrive
    used[between] = visits * np.divide(use[between], disposed[between])
    return Passage(
        shipped=float(flow[origin].sum()),
        direct=float(flow[origin, destination]),
        carried=carried,
        through=through,
        used=used,
        returned=float(visits @ step[between, origin]),
    )


def traced(flow: Floats) -> Floats:
    """Return where goods come from and where they end, shape (n, n): made in row, used in column; thousand USD.

    Rows sum to o, columns to c. Trade that goes round in a circle of countries whose exports equal their imports is
    made and used nowhere, and is left out.
    """
    disposed, made, use = dispositions(flow)
    nowhere = np.zeros(len(flow), dtype=bool)
    live = np.flatnonzero(_reached(flow, made > 0, nowhere))
    step = onward(flow)[np.ix_(live, live)]
    found = np.zeros_like(flow)
    if len(live):
        ends = np.divide(use[live], disposed[live])
        found[np.ix_(live, live)] = made[live][:, None] * np.linalg.inv(np.eye(len(live)) - step) * ends
    return np.maximum(found, 0.0)
