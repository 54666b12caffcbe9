"""A scenario: which market, which year, which instruments, where it is from, and which signs to expect.

`Scenario` is what a file holds (`xenotime.scenarios.loading` reads it); `ScenarioPolicy` is the scenario tied to a year
and a market's countries, and is a `markets.Policy`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
import yaml
from numpy.typing import ArrayLike
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from xenotime.core import InputError
from xenotime.markets.equilibrium import Equilibrium
from xenotime.markets.limits import conditions
from xenotime.markets.market import Market
from xenotime.markets.shock import Shock
from xenotime.scenarios import checks
from xenotime.scenarios.expected import Sign, quantity, sign
from xenotime.scenarios.fields import Frozen, Year, unit
from xenotime.scenarios.idle import idle
from xenotime.scenarios.instruments import Instrument, Measure
from xenotime.scenarios.instruments.base import Stages
from xenotime.scenarios.marks import place
from xenotime.scenarios.parties import Setting


@dataclass(frozen=True)
class Origin:
    """The file a scenario was read from, with its lines; two scenarios that say the same are equal wherever from."""

    data: Any = field(default=None, compare=False, repr=False)


class Scenario(Frozen):
    """A policy for one market of a chain; written as YAML (docs/how-to/write-a-scenario.md).

    Attributes
    ----------
    name, title : str
    chain : str
        A chain of `xenotime.reference`, by name or path.
    staging : str, optional
        Which of the chain's stagings names the stages; its default one if left out.
    stage : tuple of str
        Stages the instruments act on, unless one says otherwise; the first is the market that is solved.
    base_year : int
        Year of the data on which the market stands.
    year : int
        Year of the policy: who is in a bloc, what is in force. The base year if left out.
    source : str
        Where the scenario is from.
    expected : mapping of words to sign
        What should rise, fall, stay or stop (`xenotime.scenarios.expected`).
    instruments : tuple of Instrument
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name: small letters, digits, underscores")
    title: str = Field(min_length=1, description="name for people")
    chain: str = Field(default="rare_earths", description="chain of the reference, by name or path")
    staging: str | None = Field(default=None, description="staging of the chain; its default one if left out")
    stage: Stages = Field(description="stage or stages the instruments act on; the first is the market solved")
    base_year: Year = Field(description="year of the data", json_schema_extra=unit("year"))
    year: Year | None = Field(
        default=None, description="year of the policy; the base year if left out", json_schema_extra=unit("year")
    )
    source: str = Field(min_length=1, description="where the scenario is from")
    notes: str = Field(default="", description="what is assumed, what is left out")
    expected: dict[str, Sign] = Field(default_factory=dict, description="words for a quantity, and its sign")
    instruments: tuple[Instrument, ...] = Field(min_length=1, description="what is done")

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @field_validator("expected")
    @classmethod
    def _known_quantities(cls, expected: dict[str, Sign]) -> dict[str, Sign]:
        for words in expected:
            quantity(words)
        return expected

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> "Scenario":
        if isinstance(info.context, Origin):
            self._origin = info.context
        checks.check(self)
        return self

    def __str__(self) -> str:
        return self.describe()

    @property
    def policy_year(self) -> int:
        """Year of the policy."""
        return self.base_year if self.year is None else self.year

    @property
    def stages(self) -> tuple[str, ...]:
        """All stages that some instrument acts on, those of the scenario first."""
        named = [stage for one in self.instruments for stage in one.stage or self.stage]
        return tuple(dict.fromkeys([*self.stage, *named]))

    def on_stage(self, stage: str) -> Iterator[tuple[tuple[str | int, ...], Measure]]:
        """Yield the instruments that act on a stage, with the field each stands in."""
        for i, one in enumerate(self.instruments):
            if stage in (one.stage or self.stage):
                yield ("instruments", i), one

    def book(self) -> dict[str, Measure]:
        """Return the instruments that have a label, parts of combinations included."""
        return {one.label: one for _, one in checks.every(self.instruments) if one.label}

    def where(self, path: Iterable[str | int] = ()) -> str:
        """Return file and line of a field, or the field's name for a scenario that was not read from a file."""
        path = tuple(path)
        mark = place(self._origin.data, path)
        named = f", field {'.'.join(map(str, path))}" if path else ""
        return (f"scenario {self.name}" if mark is None else str(mark)) + named

    def policy(
        self,
        year: int | None = None,
        names: Sequence[str] | None = None,
        *,
        stage: str | None = None,
        tonnes: ArrayLike | None = None,
    ) -> "ScenarioPolicy":
        """Tie the scenario to a year and a market.

        Parameters
        ----------
        year : int, optional
            Year whose blocs, windows and phase-in steps hold; `policy_year` if left out.
        names : sequence of str, optional
            Countries of the market. Given here, errors come before a solve; else those of the market it is applied to.
        stage : str, optional
            Stage of the market; the first of `stage` if left out.
        tonnes : array (n, n), optional
            Base trade in metric tonnes, `[exporter, importer]`; only quotas in tonnes need it.

        Returns
        -------
        ScenarioPolicy
            A `markets.Policy`; give it to `markets.gsim`.

        Raises
        ------
        InputError
            A bloc or country that did not exist that year, a party of whom nobody is in the market, an unknown stage;
            naming file, line and remedy.
        """
        chosen = self.stage[0] if stage is None else stage
        if chosen not in self.stages:
            raise InputError(
                f"no instrument acts on stage {chosen!r}",
                where=self.where(("stage",)),
                remedy=f"use one of {', '.join(self.stages)}",
            )
        setting = Setting(
            year=self.policy_year if year is None else year,
            names=tuple(names or ()),
            tonnes=None if tonnes is None else np.asarray(tonnes, dtype=float),
            book=self.book(),
        )
        policy = ScenarioPolicy(self, setting, chosen)
        if names is not None:
            policy.check()
        return policy

    def check_data(self, years: Iterable[int]) -> None:
        """Raise an `InputError` with file and line if the base year is not among the years of the data."""
        held = sorted(set(years))
        if self.base_year not in held:
            near = sorted(held, key=lambda year: abs(year - self.base_year))[:1]
            raise InputError(
                f"base_year {self.base_year} is outside the data"
                + (f", which hold {held[0]} to {held[-1]}" if held else ", which hold no year"),
                where=self.where(("base_year",)),
                remedy=f"write base_year: {near[0]}, or take in the year" if near else "take in data first",
            )

    def signs(self, result: Equilibrium, year: int | None = None) -> pl.DataFrame:
        """Compare a solved market with the expected signs.

        Returns
        -------
        polars.DataFrame
            `quantity`, `expected`, `found` (words), `change` (proportional; money over the world's base output),
            `holds`. "stops" is also a fall.
        """
        setting = Setting(
            year=self.policy_year if year is None else year, names=result.names, market=result.market, book=self.book()
        )
        rows = []
        for words, wanted in self.expected.items():
            change = quantity(words).change(result, setting)
            found = sign(change)
            rows.append((words, wanted, found, change, found == wanted or (wanted, found) == ("falls", "stops")))
        schema = {
            "quantity": pl.String,
            "expected": pl.String,
            "found": pl.String,
            "change": pl.Float64,
            "holds": pl.Boolean,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")

    def describe(self) -> str:
        """Return the scenario in plain words, one line an instrument."""
        when = f"{self.policy_year}" + (
            f", on the trade of {self.base_year}" if self.policy_year != self.base_year else ""
        )
        lines = [f"{self.title} ({self.chain.replace('_', ' ')}, {' and '.join(self.stage)}, {when})"]
        for one in self.instruments:
            where = f" [{' and '.join(one.stage)}]" if one.stage and one.stage != self.stage else ""
            lines.append(f"- {one.describe()}{where}{self._in_force(one)}")
        if self.expected:
            lines.append("Expected: " + "; ".join(f"{what} {how}" for what, how in self.expected.items()))
        lines.append(f"Source: {self.source}")
        return "\n".join(lines)

    def _in_force(self, one: Measure) -> str:
        """Return in words how much of an instrument is in force in the year of the policy; empty for all of it."""
        strength = one.strength(self.policy_year)
        if strength == 1:
            return ""
        much = f"{strength:.0%} of it".replace("%", " %") if strength else "not"
        return f" ({much} in force in {self.policy_year})"

    def to_yaml(self) -> str:
        """Return the scenario as a file, whole: what it extends is written out."""
        data = self.model_dump(mode="json", exclude_defaults=True)
        data["instruments"] = [_written(one) for one in self.instruments]
        return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))


def _written(one: Measure) -> dict[str, Any]:
    """Return an instrument as one writes it: kind first, defaults left out."""
    data = one.model_dump(mode="json", exclude_defaults=True)
    data.pop("kind", None)
    if "parts" in data:
        data["parts"] = [_written(part) for part in getattr(one, "parts", ())]
    return {"kind": str(getattr(one, "kind", "")), **data}


@dataclass(frozen=True, eq=False)
class ScenarioPolicy:
    """A scenario in a year, on a stage: a `markets.Policy`."""

    scenario: Scenario
    setting: Setting
    stage: str

    def check(self) -> None:
        """Raise the errors that do not need the market's flows."""
        checks.check_setting(self.scenario, self.setting, self.stage)

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """Instruments of this stage that are in force this year, in the order in which they are applied."""
        found = [one for _, one in self.scenario.on_stage(self.stage) if one.strength(self.setting.year)]
        return tuple(sorted(found, key=lambda one: one.order))

    @property
    def notes(self) -> tuple[str, ...]:
        """Countries that the scenario names and the market does not hold, and taxes on what a ban stops: sentences."""
        absent = checks.absent(self.scenario, self.setting, self.stage)
        stopped = checks.stopped(self.scenario, self.setting, self.stage)
        return (*(f"{name} is not in this market" for name in absent), *stopped)

    def idle(self, market: Market) -> tuple[str, ...]:
        """Return the instruments in force that change nothing in a market, each with the reason, in sentences."""
        return idle(self, market)

    def apply(self, shock: Shock) -> Shock:
        """Return the state of policy with every instrument of this stage and year in force.

        Raises
        ------
        InputError
            What cannot be done in this market, naming file, line and remedy.
        """
        names = self.setting.names
        if names and names != shock.market.names:
            raise InputError(
                f"the policy was tied to other countries ({len(names)}) than the market holds ({shock.market.n})",
                where=self.scenario.where(),
                remedy="give policy() the names of the market in its order, or none",
            )
        setting = replace(self.setting, names=shock.market.names, market=shock.market)
        checks.check_setting(self.scenario, setting, self.stage)
        placed = [(path, one) for path, one in self.scenario.on_stage(self.stage) if one.strength(setting.year)]
        for path, one in sorted(placed, key=lambda pair: pair[1].order):
            with checks.at(self.scenario, path):
                shock = one.apply(shock, setting)
                if shock.limits:
                    conditions(shock, (shock.market.flows > 0) & ~shock.bans)  # their faults belong to this line
        return shock
