"""Statistical models of network panels: temporal exponential random graph models (TERGM). See `docs/tergm.md`."""

from xenotime.tergm.formula import parse
from xenotime.tergm.model import Model, change_statistics, model_of, statistics
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms import TERMS, Formula, Term

__all__ = [
    "TERMS",
    "Formula",
    "Model",
    "Panel",
    "Slice",
    "Term",
    "change_statistics",
    "model_of",
    "parse",
    "statistics",
]
