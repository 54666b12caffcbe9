"""Which cells and covariates a Poisson model can estimate beside fixed effects, and which it must leave out.

Levels of effects without trade, singletons, covariates that do not vary within effects, and cells that separate
(Correia, Guimarães and Zylkin 2019, arXiv 1903.01633), so that no finite estimate exists with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from xenotime.core import InputError
from xenotime.networks.layers import Floats

AXES = ("year", "exporter", "importer")
#: Groupings by the axes they join; "country_pair" is the pair whichever way goods go.
EFFECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "exporter_year": ("year", "exporter"),
        "importer_year": ("year", "importer"),
        "pair": ("exporter", "importer"),
        "exporter": ("exporter",),
        "importer": ("importer",),
        "year": ("year",),
    }
)
#: Share of a covariate's length that must remain when effects (and earlier covariates) are taken out.
REMAINS = 1e-6
RECTIFIED = 1e-4
MAX_RECTIFICATIONS = 1000


@dataclass
class Cells:
    """Cells of the cube that are still in: y (rows,), covariates x (k, rows), places at (3, rows) among n countries."""

    y: Floats
    x: Floats
    at: np.ndarray
    n: int

    def keep(self, rows: np.ndarray) -> "Cells":
        """Return some of the cells (bool)."""
        return Cells(self.y[rows], np.ascontiguousarray(self.x[:, rows]), self.at[:, rows], self.n)

    def groups(self, names: Sequence[str]) -> np.ndarray:
        """Return the level of each cell in each grouping, (groupings, rows) int64."""
        from xenotime.networks.fixed_effects import compact

        year, exporter, importer = (self.at[place].astype(np.int64) for place in range(3))
        places = {"year": year, "exporter": exporter, "importer": importer}
        found = []
        for name in names:
            if name == "country_pair":
                key = np.minimum(exporter, importer) * self.n + np.maximum(exporter, importer)
            else:
                axes = EFFECTS[name]
                key = places[axes[0]] * (self.n if len(axes) == 2 else 1) + (places[axes[1]] if len(axes) == 2 else 0)
            found.append(compact(key))
        return np.stack(found)


def identified(cells: Cells, effects: tuple[str, ...], counts: dict[str, int]) -> Cells:
    """Drop levels of effects without any trade (their effect is −∞) and singletons, until there are none."""
    while True:
        groups = cells.groups(effects)
        empty = np.zeros(len(cells.y), bool)
        for levels in groups:
            empty |= (np.bincount(levels, cells.y) <= 0)[levels]
        counts["separated_by_effects"] += int(empty.sum())
        cells = cells.keep(~empty)
        if not len(cells.y):
            raise InputError("no cell is left to estimate from", where="networks.ppml", remedy="look at the volumes")
        single = np.zeros(len(cells.y), bool)
        for levels in cells.groups(effects):
            single |= (np.bincount(levels) == 1)[levels]
        counts["singletons"] += int(single.sum())
        cells = cells.keep(~single)
        if not len(cells.y):
            raise InputError(
                "every cell stands alone in one of its effects", where="networks.ppml", remedy="give more years"
            )
        if not (empty.any() or single.any()):
            return cells


def estimable(cells: Cells, effects: tuple[str, ...], names: tuple[str, ...]) -> tuple[list[int], dict[str, str]]:
    """Return the places of covariates that vary beside effects and earlier covariates, and why others do not."""
    from xenotime.networks.fixed_effects import Groupings

    whole = Groupings(cells.groups(effects), np.ones(len(cells.y)))
    within, _ = whole.out_of(cells.x, 1e-10)
    kept: list[int] = []
    dropped: dict[str, str] = {}
    basis: list[Floats] = []
    for k, name in enumerate(names):
        length = np.linalg.norm(cells.x[k])
        if length == 0:
            dropped[name] = "0 on every cell that is left"
            continue
        if np.linalg.norm(within[k]) <= REMAINS * length:
            dropped[name] = f"collinear with the effects ({', '.join(effects)})"
            continue
        rest = within[k].copy()
        for _ in range(2):
            for direction in basis:
                rest -= (direction @ rest) * direction
        if np.linalg.norm(rest) <= REMAINS * np.linalg.norm(within[k]):
            dropped[name] = f"collinear with {', '.join(names[place] for place in kept)} within effects"
            continue
        basis.append(rest / np.linalg.norm(rest))
        kept.append(k)
    if not kept:
        raise InputError(
            f"no covariate can be estimated: {'; '.join(f'{name}: {why}' for name, why in dropped.items())}",
            where="networks.ppml",
            remedy="give covariates that change within pairs, or fewer effects",
        )
    return kept, dropped


def rectified(cells: Cells, effects: tuple[str, ...]) -> np.ndarray:
    """Return which cells separate, by the iterative rectifier (Correia, Guimarães and Zylkin 2019, section 3).

    A cell without trade separates where some combination of covariates and effects is above 0 there, nowhere below 0,
    and 0 wherever there is trade: the estimate would run off along it. u starts at 1 on the zeros; regress it on
    everything with weights that all but force 0 where there is trade; cut what is negative; repeat until nothing is.
    """
    from xenotime.networks.fixed_effects import Groupings

    zero = np.asarray(cells.y == 0)
    if not zero.any():
        return np.zeros(len(zero), bool)
    weights = np.where(zero, 1.0, (~zero).sum() / RECTIFIED**2)
    whole = Groupings(cells.groups(effects), weights)
    scaled = cells.x / np.linalg.norm(cells.x, axis=1)[:, None]
    within, _ = whole.out_of(scaled, 1e-9)
    length = np.sqrt((weights * within**2).sum(axis=1))
    within /= np.where(length > 0, length, 1.0)[:, None]
    u = zero.astype(np.float64)
    for _ in range(MAX_RECTIFICATIONS):
        rest, _ = whole.out_of(u[None], 1e-9)
        slope = np.linalg.lstsq((within * weights) @ within.T, (within * weights) @ rest[0], rcond=1e-12)[0]
        fitted = u - (rest[0] - slope @ within)
        fitted[np.abs(fitted) < RECTIFIED] = 0.0
        if not (fitted[zero] < 0).any():
            return np.asarray(zero & (fitted > 0))
        u = np.where(zero, np.maximum(fitted, 0.0), 0.0)
        if not u.any():
            return np.zeros(len(u), bool)
    raise InputError(
        "the search for separated cells does not end", where="networks.ppml", remedy="leave a covariate or effect out"
    )
