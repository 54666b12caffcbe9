"""Statistical models of network panels: temporal exponential random graph models (TERGM). See `docs/tergm.md`."""

from xenotime.tergm.bootstrap import Bootstrap
from xenotime.tergm.counterfactual import Change, Counterfactual
from xenotime.tergm.effects import Effects
from xenotime.tergm.fit import fit, with_bootstrap
from xenotime.tergm.formula import parse
from xenotime.tergm.gof import Gof
from xenotime.tergm.model import Model, change_statistics, model_of, statistics
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.predict import Prediction
from xenotime.tergm.results import TergmFit
from xenotime.tergm.rolling import Forecast
from xenotime.tergm.simulate import Draws, Paths, simulate_path, simulate_step, simulate_steps
from xenotime.tergm.tables import Comparison, compare
from xenotime.tergm.terms import TERMS, Form, Formula, Offset, Persist, Term, Times

__all__ = [
    "TERMS",
    "Bootstrap",
    "Change",
    "Comparison",
    "Counterfactual",
    "Draws",
    "Effects",
    "Forecast",
    "Form",
    "Formula",
    "Gof",
    "Model",
    "Offset",
    "Panel",
    "Paths",
    "Persist",
    "Prediction",
    "Slice",
    "TergmFit",
    "Term",
    "Times",
    "change_statistics",
    "compare",
    "fit",
    "model_of",
    "parse",
    "simulate_path",
    "simulate_step",
    "simulate_steps",
    "statistics",
    "with_bootstrap",
]
