"""What every instrument shares: when it is in force, on which stage, whom it binds, and how it is applied.

An instrument is data with one pure function, ``apply(shock, setting) -> shock``: the state of policy before it, and the
state after. File to copy for a new one: `taxes.py`; see docs/how-to/new-instrument.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from xenotime.core import InputError
from xenotime.markets.shock import Shock
from xenotime.scenarios.fields import Frozen, PhaseIn, Window, fault, per_cent
from xenotime.scenarios.parties import EVERYONE, Party, Setting


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _one_or_more(stages: tuple[str, ...]) -> str | list[str]:
    return stages[0] if len(stages) == 1 else list(stages)


def _some(stages: tuple[str, ...]) -> tuple[str, ...]:
    if not stages:
        raise fault("no stage", "name at least one stage of the chain")
    return stages


Stages = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_tuple),
    AfterValidator(_some),
    PlainSerializer(_one_or_more),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""One stage of the chain, or several."""


BAN = "ban"
EXPORT_LIMIT, IMPORT_LIMIT, CEILING = "export licences", "import licences", "import ceiling"
"""Wedges of instruments that say how much is traded; all others say at what price."""


@dataclass(frozen=True)
class Reach:
    """What an instrument moves: a wedge on the trade of some exporters with some importers.

    `importers` is None for what is done to all output of the exporters, own trade included.
    """

    wedge: str
    exporters: tuple[str, ...]
    importers: tuple[str, ...] | None

    def meets(self, other: "Reach") -> bool:
        """Return whether both move the same wedge of one pair (or of one country's output)."""
        return self.wedge == other.wedge and self.touches(other)

    def touches(self, other: "Reach") -> bool:
        """Return whether both act on one pair (or on one country's output), by whatever wedge."""
        exporters = set(self.exporters) & set(other.exporters)
        if self.importers is None or other.importers is None:
            return bool(exporters)
        importers = set(self.importers) & set(other.importers)
        return any(r != v for r in exporters for v in importers)


class Measure(Frozen):
    """The fields of every instrument.

    Class attributes: `example` is a row as one writes it in a file, `neutral` the fields with which it changes nothing,
    `formula` what it does to prices or quantities; contract tests and docs read them.
    """

    example: ClassVar[dict[str, Any]]
    neutral: ClassVar[dict[str, Any]]
    formula: ClassVar[str]
    order: ClassVar[int] = 0
    """Instruments of a higher order are applied later: duties that come on top of a tariff."""

    may_be_nobody: ClassVar[frozenset[str]] = frozenset()
    """Fields whose party may be absent from a market."""

    label: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="name for retaliation, and for files that extend this one",
    )
    note: str | None = Field(default=None, description="why this number; where it is from")
    stage: Stages | None = Field(
        default=None, description="stage or stages of the chain; those of the scenario if left out"
    )
    years: Window | None = Field(
        default=None, description="[first, last] year in force, null = open; always if left out"
    )

    def strength(self, year: int) -> float:
        """Return how much of the instrument is in force in a year: 0 to 1."""
        return 1.0 if self.years is None or year in self.years else 0.0

    def parties(self) -> Iterator[tuple[tuple[str | int, ...], Party]]:
        """Yield every party with the field it stands in."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Party):
                yield (name,), value
            elif isinstance(value, tuple):
                for i, one in enumerate(value):
                    if isinstance(one, Party):
                        yield (name, i), one

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Return the state of policy with this instrument in force, as far as it is in force that year."""
        raise NotImplementedError

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """Return what the instrument moves, to find instruments that overlap."""
        raise NotImplementedError

    def mirrored(self, share: float) -> "Measure":
        """Return the same instrument with exporters and importers exchanged, at a share of its size."""
        raise InputError(
            f"a {kind_of(self)} cannot be answered in kind",
            remedy="answer an instrument with exporters and importers, or write the answer as its own instrument",
        )

    def describe(self) -> str:
        """Return the instrument in one plain sentence, without its end."""
        raise NotImplementedError

    def when(self) -> str:
        """Return the years in force in words, with a leading comma; empty if always."""
        return f", {self.years}" if self.years else ""


class Phased(Measure):
    """An instrument that can come in equal yearly steps."""

    phase_in: PhaseIn | None = Field(default=None, description="equal yearly steps from `first` to `full`")

    @model_validator(mode="after")
    def _phase_within_years(self) -> Self:
        if self.phase_in and self.years and self.years.last is not None and self.years.last < self.phase_in.first:
            raise fault("the phase-in begins after the last year in force", "move one of the two")
        return self

    def strength(self, year: int) -> float:
        """Return how much is in force: the window of years times the step of the phase-in."""
        return super().strength(year) * (self.phase_in.share(year) if self.phase_in else 1.0)

    def when(self) -> str:
        """Return the years in force in words."""
        steps = f", in equal steps from {self.phase_in.first} to {self.phase_in.full}" if self.phase_in else ""
        return super().when() + steps


class Bilateral(Measure):
    """An instrument between exporters and importers; its own trade is never touched."""

    exporters: Party = Field(default=EVERYONE, description="whose exports")
    importers: Party = Field(default=EVERYONE, description="to whom")

    def sides(self, setting: Setting) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return exporters and importers as labels of the market."""
        return self.exporters.resolve(setting), self.importers.resolve(setting)

    def reach(self, wedge: str, setting: Setting) -> tuple[Reach, ...]:
        """Return one reach between the two sides."""
        return (Reach(wedge, *self.sides(setting)),)

    def between(self) -> str:
        """Return both sides in words."""
        return f"exports of {self.exporters.describe()} to {self.importers.describe()}"

    def swapped(self, **changes: Any) -> Self:
        """Return a copy with the sides exchanged."""
        return self.model_copy(update={"exporters": self.importers, "importers": self.exporters, **changes})


def kind_of(measure: Measure) -> str:
    """Return the `kind` of an instrument."""
    return str(getattr(measure, "kind", type(measure).__name__))


def points(rate: float) -> str:
    """Write a rate for people."""
    return per_cent(rate)
