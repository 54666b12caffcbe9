"""The shape study: who trades within which bloc, who stands between whom, and what breaks if a link goes."""

from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.study import ShapeStudy, shape

__all__ = ["ShapeSettings", "ShapeStudy", "shape"]
