"""Tables to labelled cubes, dependence rules, indicators (docs/networks.md).

`build` turns flows into a cube, `dependence` selects ties by one of `RULES`, `indicators` computes `INDICATORS`.
"""

from xenotime.networks.build import build
from xenotime.networks.communities import COMMUNITY_METHODS, Communities, communities
from xenotime.networks.exchange import to_networkx
from xenotime.networks.indicators import INDICATORS, Indicator, indicators
from xenotime.networks.rules import RULES, Rule, dependence
from xenotime.networks.summary import summary

__all__ = [
    "COMMUNITY_METHODS",
    "INDICATORS",
    "RULES",
    "Communities",
    "Indicator",
    "Rule",
    "build",
    "communities",
    "dependence",
    "indicators",
    "summary",
    "to_networkx",
]
