"""Tables to labelled cubes, dependence rules, indicators (docs/networks.md), communities and regions.

`build` turns flows into a cube, `dependence` selects ties by one of `RULES`, `indicators` computes `INDICATORS`;
`communities` finds who trades with whom (docs/communities.md), `regionalisation`, `homophily` and `trends` tell whether
trade becomes regional (docs/regionalisation.md).
"""

from xenotime.networks.build import build
from xenotime.networks.communities import COMMUNITY_METHODS, Communities, communities
from xenotime.networks.exchange import to_networkx
from xenotime.networks.indicators import INDICATORS, Indicator, indicators
from xenotime.networks.regions import REGION_MEASURES, homophily, regionalisation, trends
from xenotime.networks.rules import RULES, Rule, dependence
from xenotime.networks.summary import summary

__all__ = [
    "COMMUNITY_METHODS",
    "INDICATORS",
    "REGION_MEASURES",
    "RULES",
    "Communities",
    "Indicator",
    "Rule",
    "build",
    "communities",
    "dependence",
    "homophily",
    "indicators",
    "regionalisation",
    "summary",
    "to_networkx",
    "trends",
]
