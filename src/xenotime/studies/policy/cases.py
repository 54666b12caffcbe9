"""Which scenario is solved on which market: its stage, its base year or the nearest that the store holds, its nest.

A scenario that was named is refused where it is about another chain, a stage or a base year that the store does not
hold, unless a year was asked for: then it is replayed on that year's trade, and says so. Where the whole library is
asked for, what does not fit is left out with the reason, and a base year that is not held gives way to the nearest one
within `FAR_YEARS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from xenotime import reference
from xenotime.core import InputError
from xenotime.markets import Shock
from xenotime.scenarios import Scenario, ScenarioPolicy, library, load_scenario
from xenotime.studies.policy.calibration import Calibration, calibrate
from xenotime.studies.policy.settings import PolicySettings

if TYPE_CHECKING:
    from xenotime.store import Store


#: A name of the library, the path of a YAML file, or a scenario that was read already.
Asked = str | Path | Scenario

#: A scenario written for one year says little of trade more than so many years away.
FAR_YEARS = 5


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario on a market.

    Attributes
    ----------
    scenario : Scenario
    base : Calibration
    policy : ScenarioPolicy
    shock : Shock
        The policy applied to the base.
    nest : str
        Demand system: "ces", or "aces" where trade is banned.
    notes : tuple of str
    idle : tuple of str
        Instruments that change nothing in this market, each with the reason; also among the notes.
    """

    scenario: Scenario
    base: Calibration
    policy: ScenarioPolicy
    shock: Shock
    nest: str
    notes: tuple[str, ...]
    idle: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


def cases(
    store: "Store",
    settings: PolicySettings,
    *,
    scenarios: Sequence[Asked] = (),
    source: str | None = None,
    version: str | None = None,
    hs_version: str | None = None,
) -> tuple[tuple[Case, ...], pl.DataFrame]:
    """Tie every scenario asked for to its market.

    Parameters
    ----------
    store : Store
    settings : PolicySettings
    scenarios : sequence of str, Path or Scenario, optional
        Instead of those of the settings.
    source, version, hs_version : str, optional

    Returns
    -------
    cases : tuple of Case
        In the order asked for; cases of one stage and year share one `Calibration`.
    left_out : polars.DataFrame
        `scenario, why`.

    Raises
    ------
    InputError
        A scenario that was named cannot be solved here, or none of the library can.
    """
    years = _years(store, settings, source, version, hs_version)
    markets: dict[tuple[str, int], Calibration] = {}
    found: list[Case] = []
    out: list[tuple[str, str]] = []
    named = tuple(scenarios) or settings.scenarios
    asked = [(called(one), one if isinstance(one, Scenario) else load_scenario(one)) for one in named or library()]
    _names_differ(asked)
    for given, scenario in asked:
        try:
            stage, year, notes = _market_of(scenario, settings, years, named=bool(named))
            if (stage, year) not in markets:
                markets[stage, year] = calibrate(
                    store, stage, year, settings=settings, source=source, version=version, hs_version=hs_version
                )
            found.append(case_of(scenario, markets[stage, year], settings, notes))
        except InputError as fault:
            if named:
                raise InputError(fault.what, where=fault.where or f"scenario {given}", remedy=fault.remedy) from None
            out.append((scenario.name, fault.what))
    if not found:
        raise InputError(
            f"no scenario of the library acts on this market ({len(out)} left out; {out[0][0]}: {out[0][1]})",
            where="studies.policy, scenarios",
            remedy="name scenarios: library names or paths of YAML files",
        )
    return tuple(found), pl.DataFrame(out, schema={"scenario": pl.String, "why": pl.String}, orient="row")


def called(scenario: Asked) -> str:
    """Return a scenario as it was asked for: its name, or the path of its file."""
    return scenario.name if isinstance(scenario, Scenario) else str(scenario)


def _names_differ(asked: Sequence[tuple[str, Scenario]]) -> None:
    """Refuse two scenarios of one name: their answers are kept by name, and one would take the other's."""
    seen: dict[str, str] = {}
    for given, scenario in asked:
        if scenario.name in seen:
            raise InputError(
                f"two scenarios are called {scenario.name!r}: {seen[scenario.name]} and {given}",
                where="studies.policy, scenarios",
                remedy="give each scenario a name of its own (the key `name` of its file)",
            )
        seen[scenario.name] = given


def _years(
    store: "Store", settings: PolicySettings, source: str | None, version: str | None, hs_version: str | None
) -> list[int]:
    held = store.pieces().filter(pl.col("table") == "flows")
    for column, wanted in (("source", source), ("version", version), ("hs_version", hs_version)):
        if wanted is not None:
            held = held.filter(pl.col(column) == wanted)
    spans = held.select("first_year", "last_year").unique().drop_nulls().rows()
    years = sorted({year for first, last in spans for year in range(first, last + 1)})
    if not years:
        raise InputError("the store holds no flows", where=str(store), remedy="run `xenotime ingest` first")
    return years


def _market_of(
    scenario: Scenario, settings: PolicySettings, years: Sequence[int], *, named: bool
) -> tuple[str, int, tuple[str, ...]]:
    """Return stage and year of the market a scenario is solved on, and what to know of it."""
    chain = reference.chain(settings.chain)
    if reference.chain(scenario.chain).name != chain.name:
        raise InputError(
            f"it is about {scenario.chain.replace('_', ' ')}, not {chain.title.lower()}",
            where=scenario.where(("chain",)),
            remedy=f"ask for it with --chain {scenario.chain}",
        )
    stage = settings.stage or scenario.stage[0]
    if stage not in scenario.stages:
        raise InputError(
            f"none of its instruments acts on stage {stage}",
            where=scenario.where(("stage",)),
            remedy=f"ask for one of {', '.join(scenario.stages)} (--stage)",
        )
    wanted = settings.year or scenario.base_year
    year = min(years, key=lambda held: (abs(held - wanted), held))
    held = f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
    if settings.year and year != wanted:
        raise InputError(
            f"the store holds no flows of {wanted}", where="year", remedy=f"ask for a year it holds: {held}"
        )
    if not settings.year and year != wanted and (named or abs(year - wanted) > FAR_YEARS):
        raise InputError(
            f"base_year {wanted} is outside the data, which hold {held}",
            where=scenario.where(("base_year",)),
            remedy=f"replay it on trade of {year} by asking for that year (--year {year}), or take in {wanted}",
        )
    notes = () if year == scenario.base_year else (f"written for trade of {scenario.base_year}, solved on {year}",)
    return stage, year, notes


def case_of(scenario: Scenario, base: Calibration, settings: PolicySettings, notes: tuple[str, ...] = ()) -> Case:
    """Tie a scenario to a market."""
    policy = scenario.policy(names=base.market.names, stage=base.stage, tonnes=base.tonnes)
    shock = policy.apply(Shock.base(base.market))
    banned = bool((shock.bans & (base.market.flows > 0)).any())
    nest = settings.nest_of_bans if banned else "ces"
    idle = policy.idle(base.market)
    return Case(scenario, base, policy, shock, nest, (*notes, *policy.notes, *idle), idle)
