"""Compositions that answer a question. Each reads the store, computes, and returns a frozen result; none draws.

`trade` asks: who trades the mineral with whom, stage by stage, and how concentrated is it? (`trade.py`)
`shape` asks: who trades within which bloc, who stands between whom, and what breaks? (`shape/`)
`policy` asks: what does a policy do to prices, trade, welfare and the shape of the network? (`policy/`)
`alliances` asks: how much do cooperation and conflict make and break ties, at which stage, and how fast? (`alliances/`)
"""

from xenotime.studies.alliances import AlliancesSettings, AlliancesStudy, alliances
from xenotime.studies.folders import Study, load, save
from xenotime.studies.policy import PolicySettings, PolicyStudy, policy
from xenotime.studies.settings import TradeSettings
from xenotime.studies.shape import ShapeSettings, ShapeStudy, shape
from xenotime.studies.trade import TradeStudy, trade

__all__ = [
    "AlliancesSettings",
    "AlliancesStudy",
    "PolicySettings",
    "PolicyStudy",
    "ShapeSettings",
    "ShapeStudy",
    "Study",
    "TradeSettings",
    "TradeStudy",
    "alliances",
    "load",
    "policy",
    "save",
    "shape",
    "trade",
]
