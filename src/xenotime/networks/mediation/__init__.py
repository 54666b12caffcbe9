"""Who stands between whom: carriers of trade, flow betweenness, brokerage between blocs, paths across stages.

See docs/mediation.md.
"""

from xenotime.networks.mediation.carriers import carriers, china_us, origins, routes

__all__ = ["carriers", "china_us", "origins", "routes"]
