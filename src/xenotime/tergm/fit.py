"""Fitting: one entry, the methods by name."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.bootstrap import bootstrap as resample
from xenotime.tergm.bootstrap import draw_years
from xenotime.tergm.checks import whole_number
from xenotime.tergm.mcmle import Mcmle
from xenotime.tergm.model import Model, model_of
from xenotime.tergm.mple import fit_mple
from xenotime.tergm.panel import Panel
from xenotime.tergm.results import TergmFit
from xenotime.tergm.terms.base import Formula, Term


class Method(Protocol):
    """A way to fit a model: a function, or an object that holds its settings (`mcmle.Mcmle`)."""

    def __call__(self, model: Model, *, seed: int = 1, workers: int | None = None) -> TergmFit:
        """Fit the model."""
        ...


def _mple(model: Model, *, seed: int = 1, workers: int | None = None) -> TergmFit:
    return fit_mple(model)


METHODS: dict[str, Method] = {"mple": _mple, "mcmle": Mcmle()}


def fit(
    formula: str | Term | Formula,
    panel: Panel,
    method: str | Method = "mple",
    *,
    bootstrap: int = 0,
    block: int = 1,
    seed: int = 1,
    workers: int | None = None,
    terms: Mapping[str, type[Term]] | None = None,
) -> TergmFit:
    """Fit a TERGM.

    Parameters
    ----------
    formula : str, Term or Formula
        R's spelling, or a sum of terms.
    panel : Panel
    method : {"mple", "mcmle"} or Method
        See `METHODS`; ``Mcmle(precision=0.01, …)`` for settings of one's own.
    bootstrap : int
        Replicates over years, exact; 0 for none.
    block : int
        Length of the moving blocks of years; 1 draws single years.
    seed : int
        The same seed gives the same numbers whatever the number of workers.
    workers : int, optional
        Threads of the bootstrap or of the chains; all cores if absent.
    terms : dict, optional
        Terms of your own by spelling.

    Raises
    ------
    InputError
        Naming the term, the covariate or the label at fault.
    """
    if isinstance(method, str) and method not in METHODS:
        raise InputError(f"method '{method}' is unknown", remedy=f"methods: {', '.join(METHODS)}")
    way = METHODS[method] if isinstance(method, str) else method
    if whole_number(bootstrap, "bootstrap", 0) == 1:
        raise InputError("a bootstrap of 1 replicate has no spread", remedy="give 0 for none, or 1000")
    result = way(model_of(formula, panel, terms), seed=seed, workers=workers)
    if not bootstrap:
        return replace(result, seed=seed)
    return with_bootstrap(result, bootstrap, block=block, seed=seed, workers=workers)


def with_bootstrap(
    result: TergmFit, replicates: int, *, block: int = 1, seed: int = 1, workers: int | None = None
) -> TergmFit:
    """Return the fit with a bootstrap over years beside its headline intervals."""
    whole_number(replicates, "replicates", 2)
    if result.method != "mple":
        raise InputError(
            f"the bootstrap over years is one of pooled MPLE, not of {result.method}", remedy="fit with method='mple'"
        )
    if len(result.model.steps) < 2:
        raise InputError("a bootstrap over years needs at least two modelled years")
    draws = draw_years(len(result.model.steps), replicates, seed, block)
    columns = np.searchsorted(result.model.free, result.estimated)
    rows = np.ones(len(result.design.y), bool)
    found = resample(
        result.design if len(columns) == result.design.x.shape[1] else result.design.keep(rows, columns),
        result.estimates[result.estimated],
        draws,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        kind="years, exact" if block == 1 else f"moving blocks of {block} years, exact",
    )
    return replace(result, bootstrap=found, seed=seed)
