"""Statistical models of network panels: temporal exponential random graph models (TERGM). See `docs/tergm.md`."""

from xenotime.tergm.bootstrap import Bootstrap
from xenotime.tergm.fit import fit, with_bootstrap
from xenotime.tergm.formula import parse
from xenotime.tergm.model import Model, change_statistics, model_of, statistics
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.results import TergmFit
from xenotime.tergm.terms import TERMS, Form, Formula, Offset, Persist, Term, Times

__all__ = [
    "TERMS",
    "Bootstrap",
    "Form",
    "Formula",
    "Model",
    "Offset",
    "Panel",
    "Persist",
    "Slice",
    "TergmFit",
    "Term",
    "Times",
    "change_statistics",
    "fit",
    "model_of",
    "parse",
    "statistics",
    "with_bootstrap",
]
