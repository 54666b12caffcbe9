"""Who stands between whom: carriers of trade, flow betweenness, brokerage between blocs, paths across stages.

See docs/mediation.md.
"""

from xenotime.networks.mediation.brokerage import ROLES, brokerage
from xenotime.networks.mediation.capacity import flow_betweenness
from xenotime.networks.mediation.carriers import carriers, china_us, origins, routes
from xenotime.networks.mediation.stages import stage_origins, stage_paths

__all__ = [
    "ROLES",
    "brokerage",
    "carriers",
    "china_us",
    "flow_betweenness",
    "origins",
    "routes",
    "stage_origins",
    "stage_paths",
]
