"""Dependence of pairs, competition for suppliers and for markets, chokepoints by stage (docs/mediation.md)."""

from xenotime.networks.competition.chokepoints import chokepoints
from xenotime.networks.competition.pairs import dependences
from xenotime.networks.competition.similarity import export_competition, import_competition

__all__ = ["chokepoints", "dependences", "export_competition", "import_competition"]
