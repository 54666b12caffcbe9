"""Checks across the fields of a scenario: stages, labels, dated parties, instruments in force, overlap.

Their errors name the field, and file and line where the scenario was read from a file.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xenotime import reference
from xenotime.core import InputError
from xenotime.scenarios import overlap
from xenotime.scenarios.instruments.base import Measure, kind_of
from xenotime.scenarios.instruments.compound import Combination, Retaliation
from xenotime.scenarios.parties import OWNERS, Party, Setting

if TYPE_CHECKING:
    from xenotime.scenarios.scenario import Scenario

Path = tuple[str | int, ...]


class Fault(InputError):
    """An error in a field of a scenario."""

    def __init__(self, scenario: "Scenario", path: Path, what: str, remedy: str | None) -> None:
        super().__init__(what, where=scenario.where(path), remedy=remedy)


@contextmanager
def at(scenario: "Scenario", path: Path) -> Iterator[None]:
    """Give errors from inside the file, line and field they belong to."""
    try:
        yield
    except Fault:
        raise
    except InputError as problem:
        raise Fault(scenario, path, problem.what, problem.remedy) from problem


def every(instruments: Iterable[Measure], path: Path = ("instruments",)) -> Iterator[tuple[Path, Measure]]:
    """Yield all instruments with their fields, combinations followed by their parts."""
    for i, one in enumerate(instruments):
        yield (*path, i), one
        if isinstance(one, Combination):
            yield from every(one.parts, (*path, i, "parts"))


def check(scenario: "Scenario") -> None:
    """Check what needs no market."""
    _stages(scenario)
    _labels(scenario)
    year = scenario.policy_year
    if not any(one.strength(year) for one in scenario.instruments):
        raise Fault(
            scenario,
            ("year",) if scenario.year is not None else ("base_year",),
            f"no instrument is in force in {year}",
            "choose a year within the years of an instrument",
        )
    setting = Setting(year=year, names=reference.existing(year), book=scenario.book())
    for stage in scenario.stages:
        check_setting(scenario, setting, stage)
        for other in _turning_years(scenario) - {year}:
            names = reference.existing(other)
            _overlaps(scenario, Setting(year=other, names=names, book=scenario.book()), stage)


def check_setting(scenario: "Scenario", setting: Setting, stage: str) -> None:
    """Check parties and overlap in one year and among one set of countries."""
    for path, one in _in_force(scenario, setting, stage):
        for inner, part in [(path, one), *(every(one.parts, (*path, "parts")) if isinstance(one, Combination) else ())]:
            if not part.strength(setting.year):
                continue
            for field, party in part.parties():
                if setting.market is None and party.needs_market:
                    continue
                with at(scenario, (*inner, *field)):
                    there = _with_members(part, setting)
                    _ = party.found(there) if field[0] in part.may_be_nobody else party.resolve(there)
            _owners(scenario, inner, part, setting)
    _overlaps(scenario, setting, stage, strict=True)


def _owners(scenario: "Scenario", path: Path, part: Measure, setting: Setting) -> None:
    """Refuse rents and bills that go to a country the market does not hold."""
    for field in ("rent_to", "payer"):
        name = getattr(part, field, None)
        if name is not None and name not in {*OWNERS, *setting.names}:
            raise Fault(
                scenario,
                (*path, field),
                f"{name} is not in this market, and cannot be its {field.replace('_', ' ')}",
                f"it holds {', '.join(setting.names[:12])}{' …' if len(setting.names) > 12 else ''}",
            )


def absent(scenario: "Scenario", setting: Setting, stage: str) -> tuple[str, ...]:
    """Return the countries that instruments on a stage name and the market does not hold, sorted."""
    named = {
        item
        for path, one in scenario.on_stage(stage)
        for _, part in [(path, one), *(every(one.parts) if isinstance(one, Combination) else ())]
        for _, party in part.parties()
        for item in party.of
        if item in reference.country_names()
    }
    return tuple(sorted(named - set(setting.names)))


def _with_members(one: Measure, setting: Setting) -> Setting:
    members = getattr(one, "members", None)
    if not isinstance(members, Party) or (members.needs_market and setting.market is None):
        return setting
    return setting.of_members(members.resolve(setting))


def _in_force(scenario: "Scenario", setting: Setting, stage: str) -> Iterator[tuple[Path, Measure]]:
    for path, one in scenario.on_stage(stage):
        if one.strength(setting.year):
            yield path, one


def _stages(scenario: "Scenario") -> None:
    try:
        chain = reference.chain(scenario.chain)
    except InputError as problem:
        raise Fault(scenario, ("chain",), problem.what, problem.remedy) from problem
    try:
        known = chain.stage_names(scenario.staging)
    except InputError as problem:
        raise Fault(scenario, ("staging",), problem.what, problem.remedy) from problem
    places: list[tuple[Path, tuple[str, ...]]] = [(("stage",), scenario.stage)]
    places += [((*path, "stage"), one.stage) for path, one in every(scenario.instruments) if one.stage]
    for path, stages in places:
        for stage in stages:
            if stage not in known:
                raise Fault(
                    scenario, path, f"{scenario.chain} has no stage {stage!r}", f"use one of {', '.join(known)}"
                )


def _labels(scenario: "Scenario") -> None:
    seen: dict[str, Path] = {}
    for path, one in every(scenario.instruments):
        if len(path) > 2 and one.stage is not None:
            raise Fault(
                scenario,
                (*path, "stage"),
                "a part of a combination has a stage of its own",
                "move it to the combination",
            )
        if one.label is None:
            continue
        if one.label in seen:
            raise Fault(
                scenario,
                (*path, "label"),
                f"the label {one.label!r} stands twice",
                "give each instrument its own label",
            )
        seen[one.label] = path
    book = scenario.book()
    for path, one in every(scenario.instruments):
        if isinstance(one, Retaliation):
            if isinstance(book.get(one.answers), Retaliation):
                raise Fault(
                    scenario,
                    (*path, "answers"),
                    "retaliation against retaliation",
                    "answer the first instrument itself",
                )
            with at(scenario, (*path, "answers")):
                one.answer(Setting(year=scenario.policy_year, names=(), book=book))


def _turning_years(scenario: "Scenario") -> set[int]:
    """Return the years in which some instrument begins."""
    return {one.years.first for _, one in every(scenario.instruments) if one.years and one.years.first is not None}


def _overlaps(scenario: "Scenario", setting: Setting, stage: str, strict: bool = False) -> None:
    found = overlap.clash(_reached(scenario, setting, stage, strict))
    if found is not None:
        first, second = found.first, found.second
        raise Fault(
            scenario,
            second.path,
            f"this {kind_of(second.measure)} and the {kind_of(first.measure)} at {scenario.where(first.path)}"
            f" {found.why.format(year=setting.year)}",
            found.remedy,
        )


def stopped(scenario: "Scenario", setting: Setting, stage: str) -> tuple[str, ...]:
    """Return, in sentences, which bans stop a part of what another instrument acts on."""
    return tuple(
        f"the {kind_of(ban.measure)} ({scenario.where(ban.path)}) stops a part of the trade on which the"
        f" {kind_of(rest.measure)} ({scenario.where(rest.path)}) acts"
        for ban, rest in overlap.partly_stopped(_reached(scenario, setting, stage, strict=False))
    )


def _reached(scenario: "Scenario", setting: Setting, stage: str, strict: bool) -> list[overlap.Reached]:
    reached = []
    for path, one in _in_force(scenario, setting, stage):
        parts = list(every(one.parts, (*path, "parts"))) if isinstance(one, Combination) else [(path, one)]
        for inner, part in parts:
            if isinstance(part, Combination) or not part.strength(setting.year):
                continue
            if setting.market is None and any(party.needs_market for _, party in _all_parties(part, setting)):
                continue
            try:
                reached.append(overlap.Reached(inner, part, part.reaches(setting)))
            except InputError as problem:
                if strict:
                    with at(scenario, inner):
                        raise problem
    return reached


def _all_parties(part: Measure, setting: Setting) -> Iterator[tuple[tuple[str | int, ...], Party]]:
    yield from part.parties()
    if isinstance(part, Retaliation):
        yield from part.answer(setting).parties()
