"""The shape study as a page: its figures (`SHAPE_FIGURES`), tables and chapters."""

from xenotime.report.shape.figures import SHAPE_FIGURES, ShapeFigure

__all__ = ["SHAPE_FIGURES", "ShapeFigure"]
