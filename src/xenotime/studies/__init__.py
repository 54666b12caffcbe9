"""Compositions that answer a question. Each reads the store, computes, and returns a frozen result; none draws.

`trade` asks: who trades the mineral with whom, stage by stage, and how concentrated is it? (`trade.py`)
"""

from xenotime.studies.saved import load, save
from xenotime.studies.settings import TradeSettings
from xenotime.studies.trade import TradeStudy, trade

__all__ = ["TradeSettings", "TradeStudy", "load", "save", "trade"]
