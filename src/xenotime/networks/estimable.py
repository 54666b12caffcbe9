"""Which cells and covariates a Poisson model can estimate beside fixed effects, and which it must leave out.

Levels of effects without trade, singletons, and covariates that do not vary within effects. In a small panel
the cells that separate by a combination of covariates and effects are found exactly (Correia, Guimarães and Zylkin
2019, arXiv 1903.01633); in a large one they show while the model is solved (`gravity`).
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
#: Up to this many cells, separation is found by linear programming before the model is solved.
EXACT = 5000


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


def separated(cells: Cells, effects: tuple[str, ...]) -> np.ndarray:
    """Return cells that separate, exactly, by linear programming; (rows,) bool, none where there are too many cells.

    A cell without trade separates where some combination of covariates and effects is above 0 there, nowhere below 0 on
    cells without trade, and 0 wherever there is trade: the estimate would run off against it. Maximise the sum of such
    a combination z over cells without trade, 0 ≤ z ≤ 1. One call need not find all: repeat until it finds none.
    """
    zero = np.asarray(cells.y == 0)
    found = np.zeros(len(zero), bool)
    if len(zero) > EXACT or not zero.any():
        return found
    from scipy import optimize, sparse  # slow to import

    ids = cells.groups(effects)
    ids += np.concatenate([[0], np.cumsum(ids.max(axis=1)[:-1] + 1)])[:, None]
    row = np.tile(np.arange(len(zero)), len(ids))
    dummies = sparse.csr_matrix((np.ones(len(row)), (row, ids.ravel())))
    scaled = cells.x / np.abs(cells.x).max(axis=1)[:, None]
    columns = sparse.hstack([sparse.csr_matrix(scaled.T), dummies]).tocsr()
    inside, trade = columns[zero], columns[~zero]
    bounds = np.concatenate([np.ones(inside.shape[0]), np.zeros(inside.shape[0])])
    solved = optimize.linprog(
        -np.asarray(inside.sum(axis=0)).ravel(),
        A_ub=sparse.vstack([inside, -inside]),
        b_ub=bounds,
        A_eq=trade,
        b_eq=np.zeros(trade.shape[0]),
        bounds=(None, None),
        method="highs",
    )
    if solved.status == 0:
        found[zero] = inside @ solved.x > 1e-7
    return found
