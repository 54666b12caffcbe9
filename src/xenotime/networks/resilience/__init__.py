"""What breaks if a country or a link goes: attacks, crises within a stage and down the chain, epidemics, supply risk.

See docs/resilience.md.
"""

from xenotime.networks.resilience.attack import STRATEGIES, attack
from xenotime.networks.resilience.crisis import chain_crisis, crisis, crisis_path
from xenotime.networks.resilience.epidemic import epidemic
from xenotime.networks.resilience.links import critical_links, edge_interruption
from xenotime.networks.resilience.risk import trade_risk

__all__ = [
    "STRATEGIES",
    "attack",
    "chain_crisis",
    "crisis",
    "crisis_path",
    "critical_links",
    "edge_interruption",
    "epidemic",
    "trade_risk",
]
