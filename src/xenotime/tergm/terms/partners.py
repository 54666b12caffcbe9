"""Shared partners: gwesp, gwdsp, gwnsp, esp, dsp, nsp with types OTP, ITP, RTP, OSP, ISP; transitive and cyclical ties.

All are sums of a function F of the number of shared partners, Σ y_ij F(s_ij) over ties (edge-wise) or Σ F(s_ij) over
dyads; only F differs, so one change function a type serves all of them: the table holds F(0), F(1), … in a row a
statistic. With f_α(k) = e^α [1 − (1 − e^−α)^k] (Hunter and Handcock 2006); esp(d) has F(k) = 1[k = d], transitiveties
F(k) = 1[k > 0]. Types as in statnet: OTP i→k→j, ITP j→k→i, RTP i↔k↔j, OSP i→k←j, ISP i←k→j. On undirected networks
they are one. The curved form (decay estimated) is not offered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numba
import numpy as np

from xenotime.core import InputError
from xenotime.tergm.graph import lowest_bit, popcount, shared_bits
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, numbers, whole_numbers

Type = Literal["OTP", "ITP", "RTP", "OSP", "ISP"]
Over = Literal["ties", "dyads", "pairs without a tie"]
#: Beyond this e^α leaves the range of floating-point numbers.
LARGEST_DECAY = 100


@numba.njit(cache=True)
def _gain(table, count, weight, out):  # type: ignore[no-untyped-def]
    """Add what F gains from one more shared partner, `weight` times."""
    for s in range(len(out)):
        out[s] += weight * (table[s, count + 1] - table[s, count])


@numba.njit(cache=True)
def _otp(graph, table, i, j, out, cyclic, over_ties, over_dyads):  # type: ignore[no-untyped-def]
    """Two-paths: i→j closes or opens i→j→k and k→i→j. Cyclic: the count of (i, k) serves the tie k→i."""
    ties, counts, has = graph.ties, graph.otp, graph.ties[i, j]
    own = counts[j, i] if cyclic else counts[i, j]
    for s in range(len(out)):
        out[s] = over_ties * table[s, own]
    for a in range(graph.out_degree[j]):
        k = graph.out_list[j, a]
        if k != i:
            weight = over_dyads + over_ties * (ties[k, i] if cyclic else ties[i, k])
            if weight != 0:
                _gain(table, counts[i, k] - has, weight, out)
    for a in range(graph.in_degree[i]):
        k = graph.in_list[i, a]
        if k != j:
            weight = over_dyads + over_ties * (ties[j, k] if cyclic else ties[k, j])
            if weight != 0:
                _gain(table, counts[k, j] - has, weight, out)


@numba.njit(cache=True)
def _shared(graph, table, i, j, out, counts, degree, members, hub, end, over_ties, over_dyads):  # type: ignore[no-untyped-def]
    """Common receivers or senders: the tie makes `hub` one of `end` and of each of hub's other neighbours."""
    ties, has = graph.ties, graph.ties[i, j]
    for s in range(len(out)):
        out[s] = over_ties * table[s, counts[i, j]]
    for a in range(degree[hub]):
        k = members[hub, a]
        if k != end:
            weight = 2 * over_dyads + over_ties * (ties[end, k] + ties[k, end])
            if weight != 0:
                _gain(table, counts[end, k] - has, weight, out)


@numba.njit(cache=True)
def _rtp(graph, table, i, j, out, over_ties, over_dyads):  # type: ignore[no-untyped-def]
    ties, counts, has = graph.ties, graph.rtp, graph.ties[i, j]
    for s in range(len(out)):
        out[s] = over_ties * table[s, counts[i, j]]
    if not ties[j, i]:
        return
    for end, other in ((i, j), (j, i)):
        for a in range(graph.out_degree[other]):
            k = graph.out_list[other, a]
            if k != end and ties[k, other]:
                weight = 2 * over_dyads + over_ties * (ties[end, k] + ties[k, end])
                if weight != 0:
                    _gain(table, counts[end, k] - has, weight, out)


@numba.njit(cache=True)
def _one_esp_otp(graph, values, i, j):  # type: ignore[no-untyped-def]
    """As `_otp` over ties with one statistic, by far the commonest case: rows of bits, no counts to keep."""
    sent, received, has = graph.out_bits, graph.in_bits, graph.ties[i, j]
    own = 0
    total = 0.0
    for word in range(sent.shape[1]):
        own += popcount(sent[i, word] & received[j, word])
        both = sent[i, word] & sent[j, word]
        while both:
            shared = shared_bits(sent, received, i, 64 * word + lowest_bit(both)) - has
            total += values[shared + 1] - values[shared]
            both &= both - np.uint64(1)
        both = received[i, word] & received[j, word]
        while both:
            shared = shared_bits(sent, received, 64 * word + lowest_bit(both), j) - has
            total += values[shared + 1] - values[shared]
            both &= both - np.uint64(1)
    return total + values[own]


def _gwesp_otp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = _one_esp_otp(graph, table[0], i, j)


def _esp_otp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, False, 1, 0)


def _dsp_otp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, False, 0, 1)


def _nsp_otp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, False, -1, 1)


def _esp_itp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, True, 1, 0)


def _dsp_itp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, True, 0, 1)


def _nsp_itp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _otp(graph, table, i, j, out, True, -1, 1)


def _esp_osp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.osp, graph.in_degree, graph.in_list, j, i, 1, 0)


def _dsp_osp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.osp, graph.in_degree, graph.in_list, j, i, 0, 1)


def _nsp_osp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.osp, graph.in_degree, graph.in_list, j, i, -1, 1)


def _esp_isp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.isp, graph.out_degree, graph.out_list, i, j, 1, 0)


def _dsp_isp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.isp, graph.out_degree, graph.out_list, i, j, 0, 1)


def _nsp_isp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _shared(graph, table, i, j, out, graph.isp, graph.out_degree, graph.out_list, i, j, -1, 1)


def _esp_rtp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _rtp(graph, table, i, j, out, 1, 0)


def _dsp_rtp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _rtp(graph, table, i, j, out, 0, 1)


def _nsp_rtp(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _rtp(graph, table, i, j, out, -1, 1)


KERNELS: dict[tuple[str, str], Callable[..., None]] = {
    ("esp", "OTP"): _esp_otp,
    ("dsp", "OTP"): _dsp_otp,
    ("nsp", "OTP"): _nsp_otp,
    ("esp", "ITP"): _esp_itp,
    ("dsp", "ITP"): _dsp_itp,
    ("nsp", "ITP"): _nsp_itp,
    ("esp", "OSP"): _esp_osp,
    ("dsp", "OSP"): _dsp_osp,
    ("nsp", "OSP"): _nsp_osp,
    ("esp", "ISP"): _esp_isp,
    ("dsp", "ISP"): _dsp_isp,
    ("nsp", "ISP"): _nsp_isp,
    ("esp", "RTP"): _esp_rtp,
    ("dsp", "RTP"): _dsp_rtp,
    ("nsp", "RTP"): _nsp_rtp,
}
COUNT_OF_TYPE = {"OTP": "otp", "ITP": "otp", "OSP": "osp", "ISP": "isp", "RTP": "rtp"}


def shared_partners(ties: np.ndarray, kind: str) -> np.ndarray:
    """Return the number of shared partners of every ordered pair, (n, n), by matrix product."""
    back = ties.T
    pairs = {"OTP": (ties, ties), "ITP": (back, back), "OSP": (ties, back), "ISP": (back, ties)}
    left, right = pairs.get(kind, (ties * back, ties * back))
    counts = np.array(left @ right)
    np.fill_diagonal(counts, 0)
    return counts


def geometric(decay: float, size: int) -> np.ndarray:
    """Return f_α(k) = e^α [1 − (1 − e^−α)^k] for k = 0 … size − 1; at α = 0 it is 1[k > 0]."""
    if not np.isfinite(decay) or decay < 0:
        raise InputError(f"a decay must be zero or positive, not {decay:g}")
    if decay > LARGEST_DECAY:
        raise InputError(
            f"a decay of {decay:g} counts every shared partner alike", remedy=f"give {LARGEST_DECAY} or less"
        )
    count = np.arange(size)
    if decay == 0:
        return (count > 0).astype(np.float64)
    # 1 − (1 − e^−α)^k without the cancellation that eats its digits where α is large.
    return np.asarray(-np.exp(decay) * np.expm1(count * np.log1p(-np.exp(-decay))))


def refuse_curved(name: str, fixed: Any) -> None:
    """Refuse `fixed=FALSE`, which asks for the decay to be estimated."""
    if fixed is not True:
        raise InputError(f"{name}(fixed=FALSE): a decay that is estimated too is not offered", remedy="give fixed=TRUE")


@dataclass(frozen=True)
class Partners(Term):
    """What all terms of this page share: the type, the change function, the definition."""

    family: ClassVar[str] = "esp"
    change = staticmethod(_esp_otp)

    @property
    def sharing(self) -> str:
        """The type, checked."""
        kind = getattr(self, "type", "OTP")
        if kind not in COUNT_OF_TYPE:
            raise InputError(f"{type(self).__name__}: type '{kind}' is unknown", remedy="OTP, ITP, RTP, OSP or ISP")
        return str(kind)

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of family and type."""
        return KERNELS[self.family, self.sharing]

    @property
    def needs(self) -> tuple[str, ...]:
        """The counts of the type."""
        return (COUNT_OF_TYPE[self.sharing],)

    def check(self, panel: Panel) -> None:
        """On undirected networks the types are one: only the default may be named."""
        super().check(panel)
        if self.sharing != "OTP" and not panel.directed:
            raise InputError(f"{type(self).__name__}: undirected networks have no type '{self.sharing}'")

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ F(s_ij) over ties, dyads, or pairs without a tie; F from the table."""
        counts = shared_partners(ties, self.sharing if directed else "OTP").astype(int)
        where = {"esp": ties, "dsp": np.ones_like(ties), "nsp": 1 - ties}[self.family]
        where = np.where(np.eye(len(ties), dtype=bool), 0, where)
        if not directed:
            where = np.triu(where)
        return np.array([(where * row[counts]).sum() for row in table])

    def typed(self, panel: Panel) -> str:
        """The type as it stands in names: `.OTP` on directed networks, nothing on others."""
        return f".{self.sharing}" if panel.directed else ""


@dataclass(frozen=True)
class GeometricPartners(Partners):
    """Geometrically weighted shared partners with a fixed decay."""

    decay: float
    fixed: bool = True
    type: Type = "OTP"

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `gwesp.OTP.fixed.0.5`."""
        return (f"{type(self).__name__}{self.typed(panel)}.fixed.{self.decay:g}",)

    def check(self, panel: Panel) -> None:
        """Only a fixed decay."""
        super().check(panel)
        refuse_curved(type(self).__name__, self.fixed)

    def table(self, year: Slice) -> np.ndarray:
        """f_α(0), f_α(1), …"""
        return geometric(numbers(self.decay, "decay")[0], year.n + 1)[None]


@dataclass(frozen=True)
class CountedPartners(Partners):
    """Numbers of ties or dyads with exactly d shared partners."""

    d: int | tuple[int, ...]
    type: Type = "OTP"

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `esp.OTP2`."""
        dot = self.typed(panel)
        return tuple(f"{type(self).__name__}{dot}{count:g}" for count in whole_numbers(self.d, "d"))

    def table(self, year: Slice) -> np.ndarray:
        """1[k = d]."""
        return np.array([np.arange(year.n + 1) == count for count in whole_numbers(self.d, "d")], dtype=np.float64)


@dataclass(frozen=True)
class gwesp(GeometricPartners):
    """Geometrically weighted edge-wise shared partners: Σ y_ij f_α(s_ij)."""

    examples: ClassVar[tuple[str, ...]] = (
        "gwesp(0.5, fixed=TRUE)",
        *(f"gwesp(0.25, fixed=TRUE, type='{kind}')" for kind in ("ITP", "RTP", "OSP", "ISP")),
    )
    family: ClassVar[str] = "esp"

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of the type; of the default one the fastest."""
        return _gwesp_otp if self.sharing == "OTP" else super().kernel

    @property
    def needs(self) -> tuple[str, ...]:
        """The default type reads rows of bits and needs no counts."""
        return () if self.sharing == "OTP" else super().needs


@dataclass(frozen=True)
class gwdsp(GeometricPartners):
    """Geometrically weighted dyad-wise shared partners: Σ f_α(s_ij)."""

    examples: ClassVar[tuple[str, ...]] = (
        "gwdsp(0.5, fixed=TRUE)",
        *(f"gwdsp(0.25, fixed=TRUE, type='{kind}')" for kind in ("ITP", "RTP", "OSP", "ISP")),
    )
    family: ClassVar[str] = "dsp"


@dataclass(frozen=True)
class gwnsp(GeometricPartners):
    """Geometrically weighted shared partners of pairs without a tie: gwdsp − gwesp."""

    examples: ClassVar[tuple[str, ...]] = (
        "gwnsp(0.5, fixed=TRUE)",
        *(f"gwnsp(0.25, fixed=TRUE, type='{kind}')" for kind in ("ITP", "RTP", "OSP", "ISP")),
    )
    family: ClassVar[str] = "nsp"


@dataclass(frozen=True)
class esp(CountedPartners):
    """Ties with exactly d shared partners."""

    examples: ClassVar[tuple[str, ...]] = ("esp(0:2)",)
    family: ClassVar[str] = "esp"


@dataclass(frozen=True)
class dsp(CountedPartners):
    """Dyads with exactly d shared partners."""

    examples: ClassVar[tuple[str, ...]] = ("dsp(0:2)",)
    family: ClassVar[str] = "dsp"


@dataclass(frozen=True)
class nsp(CountedPartners):
    """Pairs without a tie that have exactly d shared partners."""

    examples: ClassVar[tuple[str, ...]] = ("nsp(0:2)",)
    family: ClassVar[str] = "nsp"
