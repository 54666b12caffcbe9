"""Every figure of the report. A new one is a file here and a line in `FIGURES`; the report then shows it."""

from collections.abc import Mapping

from xenotime.report.figures import dependence, flow_map, network, trends
from xenotime.report.figures.base import FigureKind, latest

FIGURES: Mapping[str, FigureKind] = {
    "map": FigureKind(
        "The largest flows on the map", flow_map.draw, flow_map.caption, flow_map.alt, covers=flow_map.covers
    ),
    "network": FigureKind("Who depends on whom, by stage", network.draw, network.caption, network.alt, covers=latest),
    "value": FigureKind("Value of trade", trends.draw_value, trends.caption_value, trends.alt_value, 2),
    "shares": FigureKind("The leading exporters", trends.draw_shares, trends.caption_shares, trends.alt_shares, 2),
    "concentration": FigureKind(
        "Concentration", trends.draw_concentration, trends.caption_concentration, trends.alt_concentration, 2
    ),
    "structure": FigureKind(
        "The shape of the network", trends.draw_structure, trends.caption_structure, trends.alt_structure, 2
    ),
    "dependence": FigureKind(
        "Import dependence of the largest importers", dependence.draw, dependence.caption, dependence.alt, covers=latest
    ),
}

__all__ = ["FIGURES", "FigureKind"]
