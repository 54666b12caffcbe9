"""How central by the company kept: eigenvector centralities, PageRank, CheiRank, hubs and authorities.

All on ties weighted by value. Where the leading eigenvector is not unique (an acyclic network, two separate cores of
one strength) there is no such centrality, and it is null: an iteration would return what its start happened to be.
"""

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from xenotime.networks.indicators.base import Bools, Floats, Indicator, weights

DAMPING = 0.85  # Brin and Page (1998), section 2.1.1
# Two leading eigenvalues closer than this, relatively, are taken for one: rounding (2e-16) moves their vectors by about
# 2e-16 / SAME, and beyond 1e-9 the order of labels would show.
SAME = 1e-6


def _undefined(n: int) -> Floats:
    return np.full(n, np.nan)


def _eigenvector(flow: Floats) -> Floats:
    """Return the limit of x ← (Wᵀ + I)x / ‖·‖ from equal x, of length 1; NaN where it depends on the start.

    On a network that is not strongly connected the limit is found exactly: it is the Perron vector of the strongly
    connected core C with the greatest spectral radius ρ, carried on to what C reaches (D) by
    x_D = (ρI − W_DDᵀ)⁻¹ W_CDᵀ x_C, and zero elsewhere.
    """
    n = flow.shape[0]
    largest = flow.max(initial=0.0)
    if largest <= 0:
        return _undefined(n)
    flow = flow / largest
    graph = csr_array(flow)
    _, label = connected_components(graph, directed=True, connection="strong")
    cores = [np.flatnonzero(label == one) for one in np.flatnonzero(np.bincount(label) > 1)]
    solved = [(core, *np.linalg.eig(flow[np.ix_(core, core)].T)) for core in cores]
    rho = max((float(values.real.max()) for _, values, _ in solved), default=0.0)
    if rho <= 0 or sum(int((values.real >= rho * (1 - SAME)).sum()) for _, values, _ in solved) > 1:
        return _undefined(n)
    core, values, vectors = next(one for one in solved if one[1].real.max() == rho)
    x = np.zeros(n)
    # A Perron vector has one sign; LAPACK returns it with either.
    x[core] = np.abs(vectors[:, int(values.real.argmax())].real)
    reached = breadth_first_order(graph, core[0], return_predecessors=False)
    rest = np.setdiff1d(reached, core)
    if len(rest):
        onward = rho * np.eye(len(rest)) - flow[np.ix_(rest, rest)].T
        x[rest] = np.maximum(np.linalg.solve(onward, flow[np.ix_(core, rest)].T @ x[core]), 0.0)
    scaled: Floats = x / np.linalg.norm(x)
    return scaled


def eigenvector(ties: Bools, value_kusd: Floats) -> Floats:
    """x = (W + Wᵀ)x / ρ: central by trade, either way, with central countries."""
    flow = weights(ties, value_kusd)
    return _eigenvector(flow + flow.T)


def eigenvector_importer(ties: Bools, value_kusd: Floats) -> Floats:
    """x = Wᵀx / ρ: central as an importer from central importers."""
    return _eigenvector(weights(ties, value_kusd))


def eigenvector_exporter(ties: Bools, value_kusd: Floats) -> Floats:
    """x = Wx / ρ: central as an exporter to central exporters."""
    return _eigenvector(weights(ties, value_kusd).T)


def _stationary(flow: Floats) -> Floats:
    """Return the stationary distribution of Google's walk, solved as a linear system."""
    n = flow.shape[0]
    out = flow.sum(axis=1)
    if not (out > 0).any():
        return _undefined(n)
    walk = np.full((n, n), 1.0 / n)
    walk[out > 0] = flow[out > 0] / out[out > 0, None]
    rank: Floats = np.linalg.solve(np.eye(n) - DAMPING * walk.T, np.full(n, (1 - DAMPING) / n))
    return rank


def pagerank(ties: Bools, value_kusd: Floats) -> Floats:
    """Stationary share of time of a walk that follows goods (0.85) or jumps anywhere (0.15)."""
    return _stationary(weights(ties, value_kusd))


def cheirank(ties: Bools, value_kusd: Floats) -> Floats:
    """PageRank against the direction of goods."""
    return _stationary(weights(ties, value_kusd).T)


def _authorities(flow: Floats) -> Floats:
    """Return the leading eigenvector of WᵀW, summing to 1; NaN where it is not unique."""
    n = flow.shape[0]
    largest = flow.max(initial=0.0)
    if largest <= 0:
        return _undefined(n)
    flow = flow / largest
    # Only importers take part: the others are zero, and leaving them out keeps the matrix small.
    importers = np.flatnonzero(flow.sum(axis=0) > 0)
    m = len(importers)
    values, vectors = eigh(flow[:, importers].T @ flow[:, importers], subset_by_index=[max(m - 2, 0), m - 1])
    if m > 1 and values[0] >= values[-1] * (1 - SAME):
        return _undefined(n)
    x = np.zeros(n)
    x[importers] = np.abs(vectors[:, -1])
    scaled: Floats = x / x.sum()
    return scaled


def authorities(ties: Bools, value_kusd: Floats) -> Floats:
    """Leading eigenvector of WᵀW: importers from good hubs."""
    return _authorities(weights(ties, value_kusd))


def hubs(ties: Bools, value_kusd: Floats) -> Floats:
    """Leading eigenvector of WWᵀ: exporters to good authorities."""
    return _authorities(weights(ties, value_kusd).T)


_BONACICH = "Bonacich (1972), J. Math. Sociol. 2:113"
_GOOGLE = "Brin, Page (1998), Comput. Netw. ISDN Syst. 30:107"
_ERMANN = "Ermann, Shepelyansky (2011), Acta Phys. Pol. A 120:158"
_KLEINBERG = "Kleinberg (1999), J. ACM 46:604"

CENTRALITY = (
    Indicator(
        "eigenvector", "Eigenvector centrality", "", "country",
        "x = (W + Wᵀ)x / ρ, ‖x‖ = 1, W_ij = a_ij w_ij", _BONACICH, ("ties", "value_kusd"), eigenvector, (0, 1),
    ),
    Indicator(
        "eigenvector_exporter", "Eigenvector centrality of exporters", "", "country",
        "x = Wx / ρ, ‖x‖ = 1, from the core with the greatest ρ", _BONACICH,
        ("ties", "value_kusd"), eigenvector_exporter, (0, 1),
    ),
    Indicator(
        "eigenvector_importer", "Eigenvector centrality of importers", "", "country",
        "x = Wᵀx / ρ, ‖x‖ = 1, from the core with the greatest ρ", _BONACICH,
        ("ties", "value_kusd"), eigenvector_importer, (0, 1),
    ),
    Indicator(
        "pagerank", "PageRank (importers)", "", "country",
        "x = 0.85 Sᵀx + 0.15/n, S_ij = W_ij / Σ_j W_ij (1/n where i exports nothing)", _GOOGLE,
        ("ties", "value_kusd"), pagerank, (0, 1),
    ),
    Indicator(
        "cheirank", "CheiRank (exporters)", "", "country", "PageRank of Wᵀ", _ERMANN,
        ("ties", "value_kusd"), cheirank, (0, 1),
    ),
    Indicator(
        "hubs", "Hubs (exporters)", "", "country", "h = WWᵀh / λ, Σ h = 1", _KLEINBERG,
        ("ties", "value_kusd"), hubs, (0, 1),
    ),
    Indicator(
        "authorities", "Authorities (importers)", "", "country", "a = WᵀWa / λ, Σ a = 1", _KLEINBERG,
        ("ties", "value_kusd"), authorities, (0, 1),
    ),
)  # fmt: skip
