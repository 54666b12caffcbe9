"""Figures from results, and one self-contained HTML file."""

from xenotime.report.figures import FIGURES, FigureKind
from xenotime.report.pages import write
from xenotime.report.save import figure, save_figure, save_figures

__all__ = ["FIGURES", "FigureKind", "figure", "save_figure", "save_figures", "write"]
