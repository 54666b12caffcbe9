"""Instruments that change nothing in a market, and why: nobody they name trades there, or what they set holds already.

A quota that does not bind is not among them: whether it binds is found by solving.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from xenotime.markets.market import Market
from xenotime.markets.shock import Cap, Floor, Limit, Shock
from xenotime.scenarios import checks
from xenotime.scenarios.instruments.base import Reach, kind_of

if TYPE_CHECKING:
    from xenotime.scenarios.scenario import ScenarioPolicy


def idle(policy: "ScenarioPolicy", market: Market) -> tuple[str, ...]:
    """Return, in sentences, the instruments in force that change nothing by themselves.

    Parameters
    ----------
    policy : ScenarioPolicy
    market : Market
        The base that the policy is tied to.
    """
    scenario = policy.scenario
    setting = replace(policy.setting, names=market.names, market=market)
    base = Shock.base(market)
    said = []
    in_force = [(path, one) for path, one in scenario.on_stage(policy.stage) if one.strength(setting.year)]
    if not in_force:
        return (f"no instrument is in force on {policy.stage} in {setting.year}",)
    for path, one in in_force:
        with checks.at(scenario, path):
            if changes(base, one.apply(base, setting)):
                continue
            trades = any(_acts(market, reach) for reach in one.reaches(setting))
        why = "what it sets holds already" if trades else "those it names do not trade with each other here"
        said.append(f"the {kind_of(one)} ({scenario.where(path)}) changes nothing: {why}")
    return tuple(said)


def _acts(market: Market, reach: Reach) -> bool:
    if reach.importers is None:
        return _sells(market, reach.exporters)
    return _trade(market, reach.exporters, reach.importers)


def changes(before: Shock, after: Shock) -> bool:
    """Return whether policy differs where the market trades; a limit counts, binding or not."""
    market = before.market
    trades = market.flows > 0
    moved = (
        (before.tariffs != after.tariffs)
        | (before.export_taxes != after.export_taxes)
        | (before.frictions != after.frictions)
        | (before.bans != after.bans)
    )
    subsidised = (before.output_subsidies != after.output_subsidies) & (market.output > 0)
    if (moved & trades).any() or subsidised.any():
        return True
    return any(_bites(market, limit) for limit in after.limits[len(before.limits) :])


def _bites(market: Market, limit: Limit) -> bool:
    if isinstance(limit, Floor | Cap):
        return _sells(market, limit.countries)
    return _trade(market, limit.exporters, limit.importers)


def _trade(market: Market, exporters: tuple[str, ...] | None, importers: tuple[str, ...] | None) -> bool:
    return bool((market.flows[market.pairs(exporters, importers)] > 0).any())


def _sells(market: Market, countries: tuple[str, ...]) -> bool:
    return bool((market.output[market.index(countries)] > 0).any())
