"""Regionalisation against globalisation: measures, nulls, homophily, trends (docs/regionalisation.md)."""

from xenotime.networks.regions.gravity import homophily
from xenotime.networks.regions.groups import groups
from xenotime.networks.regions.measures import REGION_MEASURES, Measure
from xenotime.networks.regions.regionalisation import regionalisation
from xenotime.networks.regions.trends import Trend, trends

__all__ = ["REGION_MEASURES", "Measure", "Trend", "groups", "homophily", "regionalisation", "trends"]
