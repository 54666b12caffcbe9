"""Compositions that answer a question. Each reads the store, computes, and returns a frozen result; none draws.

`trade` asks: who trades the mineral with whom, stage by stage, and how concentrated is it? (`trade.py`)
`shape` asks: who trades within which bloc, who stands between whom, and what breaks? (`shape/`)
`policy` asks: what does a policy do to prices, trade, welfare and the shape of the network? (`policy/`)
"""

from xenotime.studies.folders import Study, load, save
from xenotime.studies.policy import PolicySettings, PolicyStudy, policy
from xenotime.studies.settings import TradeSettings
from xenotime.studies.shape import ShapeSettings, ShapeStudy, shape
from xenotime.studies.trade import TradeStudy, trade

__all__ = [
    "PolicySettings",
    "PolicyStudy",
    "ShapeSettings",
    "ShapeStudy",
    "Study",
    "TradeSettings",
    "TradeStudy",
    "load",
    "policy",
    "save",
    "shape",
    "trade",
]
