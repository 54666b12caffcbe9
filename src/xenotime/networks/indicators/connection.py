"""How connected: ties, density, degrees, reciprocity, degree assortativity."""

import numpy as np

from xenotime.networks.indicators.base import Bools, Floats, Indicator, ratio, total, weights


def tie_count(ties: Bools) -> float:
    """L = Σ a_ij."""
    return float(ties.sum())


def density(ties: Bools, known: Bools) -> float:
    """L / number of ordered pairs whose trade is known (all n(n−1) in a complete table)."""
    return float(ratio(ties.sum(), known.sum()))


def unknown_pairs(known: Bools) -> float:
    """Ordered pairs of different countries whose trade is unknown."""
    n = known.shape[0]
    return float(n * (n - 1) - known.sum())


def active_countries(ties: Bools) -> float:
    """Countries with at least one tie, in or out."""
    return float((ties.any(axis=0) | ties.any(axis=1)).sum())


def out_degree(ties: Bools) -> Floats:
    """k_i^out = Σ_j a_ij."""
    return np.asarray(ties.sum(axis=1), dtype=np.float64)


def in_degree(ties: Bools) -> Floats:
    """k_i^in = Σ_j a_ji."""
    return np.asarray(ties.sum(axis=0), dtype=np.float64)


def degree(ties: Bools) -> Floats:
    """k_i = k_i^out + k_i^in."""
    return out_degree(ties) + in_degree(ties)


def _normalised(degrees: Floats) -> Floats:
    n = len(degrees)
    return degrees / (n - 1) if n > 1 else np.full(n, np.nan)


def out_degree_centrality(ties: Bools) -> Floats:
    """k_i^out / (n − 1)."""
    return _normalised(out_degree(ties))


def in_degree_centrality(ties: Bools) -> Floats:
    """k_i^in / (n − 1)."""
    return _normalised(in_degree(ties))


def degree_centrality(ties: Bools) -> Floats:
    """k_i / (n − 1), up to 2."""
    return _normalised(degree(ties))


def average_degree(ties: Bools) -> float:
    """L / n."""
    return float(ratio(ties.sum(), ties.shape[0]))


def weighted_out_degree(ties: Bools, value_kusd: Floats) -> Floats:
    """Σ_j a_ij w_ij."""
    strength: Floats = weights(ties, value_kusd).sum(axis=1)
    return strength


def weighted_in_degree(ties: Bools, value_kusd: Floats) -> Floats:
    """Σ_j a_ji w_ji."""
    strength: Floats = weights(ties, value_kusd).sum(axis=0)
    return strength


def average_weighted_degree(ties: Bools, value_kusd: Floats) -> float:
    """Σ_ij a_ij w_ij / n."""
    return float(ratio(weights(ties, value_kusd).sum(), ties.shape[0]))


def reciprocity(ties: Bools) -> float:
    """Σ a_ij a_ji / L."""
    return float(ratio((ties & ties.T).sum(), ties.sum()))


def weighted_reciprocity(value_kusd: Floats) -> float:
    """Σ min(w_ij, w_ji) / Σ w_ij over pairs known both ways."""
    both = np.where(np.isnan(value_kusd.T), np.nan, value_kusd)
    return float(ratio(total(np.minimum(both, both.T), None), total(both, None)))


def degree_assortativity(ties: Bools) -> float:
    """Pearson correlation over ties i→j of k_i^out and k_j^in; undefined where either does not vary."""
    exporter, importer = np.nonzero(ties)
    if len(exporter) == 0:
        return float("nan")
    x, y = out_degree(ties)[exporter], in_degree(ties)[importer]
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1, 1))


_NEWMAN = "Newman (2003), Phys. Rev. E 67:026126, eq. 26"
_SQUARTINI = "Squartini, Picciolo, Ruzzenenti, Garlaschelli (2013), Sci. Rep. 3:2729"
_WF = "Wasserman, Faust (1994), Social Network Analysis"
_BARRAT = "Barrat, Barthélemy, Pastor-Satorras, Vespignani (2004), PNAS 101:3747"
_KUSD = "thousand current USD"

CONNECTION = (
    Indicator("ties", "Ties", "ties", "world", "L = Σ_ij a_ij", _WF, ("ties",), tie_count, empty=0.0),
    Indicator(
        "density", "Density", "", "world", "L / number of ordered pairs known; n(n − 1) where all are",
        _WF, ("ties", "known"), density, (0, 1), empty=0.0,
    ),
    Indicator(
        "unknown_pairs", "Pairs with unknown trade", "pairs", "world",
        "number of ordered pairs i ≠ j with status MISSING", "convention 7", ("known",), unknown_pairs, empty=0.0,
    ),
    Indicator(
        "active_countries", "Active countries", "countries", "world", "number of i with k_i > 0",
        _WF, ("ties",), active_countries, empty=0.0,
    ),
    Indicator(
        "average_degree", "Average degree", "ties", "world", "L / n", _WF, ("ties",), average_degree, empty=0.0,
    ),
    Indicator(
        "average_weighted_degree", "Average weighted degree", _KUSD, "world", "Σ_ij a_ij w_ij / n",
        _BARRAT, ("ties", "value_kusd"), average_weighted_degree, homogeneity=1, empty=0.0,
    ),
    Indicator(
        "reciprocity", "Reciprocity", "", "world", "Σ_ij a_ij a_ji / L", _WF, ("ties",), reciprocity, (0, 1),
    ),
    Indicator(
        "weighted_reciprocity", "Weighted reciprocity", "", "world",
        "Σ_ij min(w_ij, w_ji) / Σ_ij w_ij over pairs known both ways",
        _SQUARTINI, ("value_kusd",), weighted_reciprocity, (0, 1),
    ),
    Indicator(
        "degree_assortativity", "Degree assortativity (out–in)", "", "world",
        "Pearson correlation over ties i→j of k_i^out and k_j^in", _NEWMAN, ("ties",), degree_assortativity, (-1, 1),
    ),
    Indicator(
        "out_degree", "Out-degree (markets)", "ties", "country", "k_i^out = Σ_j a_ij",
        _WF, ("ties",), out_degree, empty=0.0,
    ),
    Indicator(
        "in_degree", "In-degree (suppliers)", "ties", "country", "k_i^in = Σ_j a_ji",
        _WF, ("ties",), in_degree, empty=0.0,
    ),
    Indicator("degree", "Degree", "ties", "country", "k_i = k_i^out + k_i^in", _WF, ("ties",), degree, empty=0.0),
    Indicator(
        "out_degree_centrality", "Out-degree centrality", "", "country", "k_i^out / (n − 1)",
        _WF, ("ties",), out_degree_centrality, (0, 1), empty=0.0,
    ),
    Indicator(
        "in_degree_centrality", "In-degree centrality", "", "country", "k_i^in / (n − 1)",
        _WF, ("ties",), in_degree_centrality, (0, 1), empty=0.0,
    ),
    Indicator(
        "degree_centrality", "Degree centrality", "", "country", "k_i / (n − 1)",
        _WF, ("ties",), degree_centrality, (0, 2), empty=0.0,
    ),
    Indicator(
        "weighted_out_degree", "Weighted out-degree", _KUSD, "country", "Σ_j a_ij w_ij",
        _BARRAT, ("ties", "value_kusd"), weighted_out_degree, homogeneity=1, empty=0.0,
    ),
    Indicator(
        "weighted_in_degree", "Weighted in-degree", _KUSD, "country", "Σ_j a_ji w_ji",
        _BARRAT, ("ties", "value_kusd"), weighted_in_degree, homogeneity=1, empty=0.0,
    ),
)  # fmt: skip
