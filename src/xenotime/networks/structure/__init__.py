"""Core and periphery, rich club, motifs, Moran's I (docs/resilience.md)."""

from xenotime.networks.structure.moran import Moran, moran
from xenotime.networks.structure.shape import TRIADS, core_periphery, motifs, rich_club

__all__ = ["TRIADS", "Moran", "core_periphery", "moran", "motifs", "rich_club"]
