"""Tables to labelled cubes, dependence rules, indicators (docs/networks.md), communities and regions.

`build` turns flows into a cube, `dependence` selects ties by one of `RULES`, `indicators` computes `INDICATORS`;
`communities` finds who trades with whom (docs/communities.md), `regionalisation`, `homophily` and `trends` tell whether
trade becomes regional (docs/regionalisation.md); `SHAPE` and the functions of `mediation`, `competition`, `resilience`
and `structure` say who stands between whom and what breaks (docs/mediation.md, docs/resilience.md); `compare` sets two
networks beside each other (docs/compare.md); `ppml` is gravity on volumes (docs/gravity.md).
"""

from xenotime.networks.build import build
from xenotime.networks.communities import COMMUNITY_METHODS, Communities, communities, resolution_scan
from xenotime.networks.compare import compare
from xenotime.networks.compared import SHAPE_TABLES, Questions
from xenotime.networks.competition import chokepoints, dependences, export_competition, import_competition
from xenotime.networks.draws import reporting_noise, with_flows
from xenotime.networks.exchange import to_networkx
from xenotime.networks.gravity import PoissonFit, ppml
from xenotime.networks.indicators import INDICATORS, Indicator, indicators
from xenotime.networks.mediation import (
    ROLES,
    brokerage,
    carriers,
    china_us,
    flow_betweenness,
    origins,
    routes,
    stage_origins,
    stage_paths,
)
from xenotime.networks.regions import REGION_MEASURES, homophily, regionalisation, trends
from xenotime.networks.regression import mrqap, qap_correlation
from xenotime.networks.resilience import (
    STRATEGIES,
    attack,
    chain_crisis,
    crisis,
    crisis_path,
    critical_links,
    edge_interruption,
    epidemic,
    trade_risk,
)
from xenotime.networks.rules import RULES, Rule, dependence
from xenotime.networks.shape_measures import SHAPE, shape
from xenotime.networks.structure import TRIADS, core_periphery, moran, motifs, rich_club
from xenotime.networks.summary import summary

__all__ = [
    "COMMUNITY_METHODS",
    "INDICATORS",
    "REGION_MEASURES",
    "ROLES",
    "RULES",
    "SHAPE",
    "SHAPE_TABLES",
    "STRATEGIES",
    "TRIADS",
    "Communities",
    "Indicator",
    "PoissonFit",
    "Questions",
    "Rule",
    "attack",
    "brokerage",
    "build",
    "carriers",
    "chain_crisis",
    "china_us",
    "chokepoints",
    "communities",
    "compare",
    "core_periphery",
    "crisis",
    "crisis_path",
    "critical_links",
    "dependence",
    "dependences",
    "edge_interruption",
    "epidemic",
    "export_competition",
    "flow_betweenness",
    "homophily",
    "import_competition",
    "indicators",
    "moran",
    "motifs",
    "mrqap",
    "origins",
    "ppml",
    "qap_correlation",
    "regionalisation",
    "reporting_noise",
    "resolution_scan",
    "rich_club",
    "routes",
    "shape",
    "stage_origins",
    "stage_paths",
    "summary",
    "to_networkx",
    "trade_risk",
    "trends",
    "with_flows",
]
