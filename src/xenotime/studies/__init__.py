"""Compositions that answer a question. Each reads the store, computes, and returns a frozen result; none draws.

`trade` asks: who trades the mineral with whom, stage by stage, and how concentrated is it? (`trade.py`)
`shape` asks: who trades within which bloc, who stands between whom, and what breaks? (`shape/`)
`policy` asks: what does a policy do to prices, trade, welfare and the shape of the network? (`policy/`)
`alliances` asks: how much do cooperation and conflict make and break ties, at which stage, and how fast? (`alliances/`)
`estimate` fits a tie model of one's own to one stage. (`alliances/estimate.py`)
"""

from xenotime.studies.alliances import AlliancesSettings, AlliancesStudy, Estimate, alliances, estimate
from xenotime.studies.folders import Study, load, save
from xenotime.studies.policy import PolicySettings, PolicyStudy, policy
from xenotime.studies.settings import TradeSettings
from xenotime.studies.shape import ShapeSettings, ShapeStudy, shape
from xenotime.studies.trade import TradeStudy, trade

__all__ = [
    "AlliancesSettings",
    "AlliancesStudy",
    "Estimate",
    "PolicySettings",
    "PolicyStudy",
    "ShapeSettings",
    "ShapeStudy",
    "Study",
    "TradeSettings",
    "TradeStudy",
    "alliances",
    "estimate",
    "load",
    "policy",
    "save",
    "shape",
    "trade",
]
