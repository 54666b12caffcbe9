"""The figures of the policy report, in the order of the page. A new one is a line here."""

from collections.abc import Mapping

from xenotime.report.figures import policy_heat, policy_panels, policy_regions, policy_trade
from xenotime.report.figures.policy_base import PolicyFigure
from xenotime.studies.policy import PolicyStudy

POLICY_FIGURES: Mapping[str, PolicyFigure] = {
    "trade": PolicyFigure("World trade by scenario", policy_trade.draw, policy_trade.caption, policy_trade.alt),
    "heat": PolicyFigure("All scenarios beside each other", policy_heat.draw, policy_heat.caption, policy_heat.alt),
    "prices": PolicyFigure("Prices", policy_panels.draw_prices, policy_panels.caption_prices, policy_panels.alt_prices),
    "welfare": PolicyFigure(
        "Winners and losers", policy_panels.draw_welfare, policy_panels.caption_welfare, policy_panels.alt_welfare
    ),
    "flows": PolicyFigure(
        "Flows that change most", policy_panels.draw_flows, policy_panels.caption_flows, policy_panels.alt_flows
    ),
    "regions": PolicyFigure("Regional or global", policy_regions.draw, policy_regions.caption, policy_regions.alt),
}
#: Those that show panels for scenarios that change something.
NEED_CHANGE = frozenset({"prices", "welfare", "flows"})


def figures(study: PolicyStudy) -> dict[str, PolicyFigure]:
    """Return the figures a study bears: none where nothing was solved, no panels where nothing changes."""
    quantity = study.comparison["quantity"]
    if quantity.is_null().all():
        return {}
    changes = bool((quantity.fill_null(0.0) != 0).any())
    return {name: kind for name, kind in POLICY_FIGURES.items() if changes or name not in NEED_CHANGE}
