"""Instruments of one scenario that get in each other's way: on the same trade, in the same year and stage.

Refused: two that move the same wedge; two limits on the same trade, which would have to share one rent; a ban with a
limit, whose size would count trade that is banned; a tax all of which falls on banned trade. A tax of which a part
falls on banned trade is allowed, and noted.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from xenotime.scenarios.instruments.base import BAN, CEILING, EXPORT_LIMIT, IMPORT_LIMIT, Measure, Reach

Path = tuple[str | int, ...]

LIMITS = frozenset({EXPORT_LIMIT, IMPORT_LIMIT, CEILING})
#: A ceiling for one source and the exporters' own limits may stand beside each other: each has its rent's owner, and
#: what they count differs.
BESIDE = frozenset({EXPORT_LIMIT, CEILING})


class Reached(NamedTuple):
    """An instrument in force: where it stands, and what it moves."""

    path: Path
    measure: Measure
    reach: tuple[Reach, ...]


class Clash(NamedTuple):
    """Two instruments that cannot stand together, why (``{year}`` stands for the year), and what to do."""

    first: Reached
    second: Reached
    why: str
    remedy: str


def clash(reached: Sequence[Reached]) -> Clash | None:
    """Return the first two instruments that cannot stand together."""
    for one, other in combinations(reached, 2):
        for a in one.reach:
            for b in other.reach:
                if a.touches(b) and (found := _why(a, b, one, other)):
                    return found
    return None


def _why(a: Reach, b: Reach, one: Reached, other: Reached) -> Clash | None:
    wedges = {a.wedge, b.wedge}
    if a.wedge == b.wedge:
        return Clash(
            one,
            other,
            f"both move the {a.wedge} of the same countries in {{year}}",
            "join them into one, part them by countries, stage or years, or use but",
        )
    if wedges <= LIMITS and wedges != BESIDE:
        return Clash(
            one,
            other,
            "both limit the quantity of the same trade in {year}",
            "keep the stricter one, or part them by countries (with but), stage or years",
        )
    if BAN not in wedges:
        return None
    if wedges & LIMITS:
        return Clash(
            one,
            other,
            "act on the same trade in {year}: one stops what the other limits, and the limit would count it",
            "leave the banned countries out of the limit with but, or part the two by stage or years",
        )
    ban, rest = (one, other) if a.wedge == BAN else (other, one)
    if rest.reach and all(_within(reach, ban.reach) for reach in rest.reach):
        return Clash(
            one,
            other,
            "act on the same trade in {year}, all of which the ban stops: nothing is left to tax",
            "leave one of the two out, or part them by countries, stage or years",
        )
    return None


def partly_stopped(reached: Sequence[Reached]) -> list[tuple[Reached, Reached]]:
    """Return bans with the taxes of which a part falls on what they stop."""
    return [
        (ban, rest)
        for ban in reached
        for rest in reached
        if any(
            a.wedge == BAN and b.wedge != BAN and b.importers is not None and a.touches(b)
            for a in ban.reach
            for b in rest.reach
        )
    ]


def _within(reach: Reach, bans: Sequence[Reach]) -> bool:
    if reach.importers is None:
        return False
    stopped = {(r, v) for ban in bans if ban.wedge == BAN for r in ban.exporters for v in ban.importers or ()}
    return all((r, v) in stopped for r in reach.exporters for v in reach.importers if r != v)
