"""Field types of scenario files: rates and shares with their units, windows of years, phase-in.

People write these files, so each type says what is wrong and what to write instead. Rates are fractions (convention 4);
a number above 1 is taken for per cent written as a fraction and refused, unless its sign says otherwise ("300 %").
"""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from xenotime.markets.market import HIGHEST_RATE

EARLIEST_YEAR = 1988
"""First year of the Harmonized System: no trade by product before it."""
LATEST_YEAR = 2100

_PER_CENT = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*$")


def fault(what: str, remedy: str) -> PydanticCustomError:
    """Return the error of a validator: what is wrong, and what to do. The loader adds file and line."""
    return PydanticCustomError("scenario", "{what}", {"what": what, "remedy": remedy})


def per_cent(rate: float) -> str:
    """Write a rate for people: 0.25 is "25 %"."""
    return f"{100 * rate:,.10g} %"


def _number(value: Any, what: str) -> float:
    if isinstance(value, str) and (found := _PER_CENT.match(value)):
        written = float(found[1]) / 100
        if what == "rate" and written > HIGHEST_RATE:
            raise fault(
                f"a rate of {per_cent(written)}",
                f"no rate is above {per_cent(HIGHEST_RATE)}; {per_cent(written / 100)} is {written / 100:g}; to stop"
                " trade altogether write kind: export_ban",
            )
        return written
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fault(f"{what} is {value!r}, not a number", "write a fraction such as 0.25, or '25 %' with its sign")
    if not 0 <= value < float("inf"):
        raise fault(f"{what} is {value:g}", f"a {what} is a number from 0 on")
    if value > 1:
        raise fault(
            f"a {what} of {value:g} would be {per_cent(value)}",
            f"{what}s are fractions: {per_cent(value / 100)} is {value / 100:g}"
            + ("; write a rate above 100 % with its sign, such as '300 %'" if what == "rate" and value < 20 else ""),
        )
    return float(value)


def _rate(value: Any) -> float:
    return _number(value, "rate")


def _share(value: Any) -> float:
    share = _number(value, "share")
    if share > 1:
        raise fault(f"a share of {per_cent(share)}", "a share lies between 0 and 1")
    return share


def _part(value: Any) -> float:
    part = _share(value)
    if part == 0:
        raise fault("a share of 0", "to stop trade altogether write kind: export_ban")
    return part


def _write_rate(rate: float) -> float | str:
    return rate if rate <= 1 else f"{100 * rate!r} %"


_PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$"
Rate = Annotated[
    float,
    BeforeValidator(_rate),
    PlainSerializer(_write_rate),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": _PATTERN}]}
    ),
]
"""A rate as a fraction: 0.25, or "25 %"."""

Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": _PATTERN}]}
    ),
]
"""A share between 0 and 1."""

Part = Annotated[
    float,
    BeforeValidator(_part),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "string", "pattern": _PATTERN}]}
    ),
]
"""A share above 0, of what is still allowed."""


def _year(year: int) -> int:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise fault(
            f"the year {year}", f"write a year from {EARLIEST_YEAR}, when the Harmonized System began, to {LATEST_YEAR}"
        )
    return year


Year = Annotated[
    int,
    AfterValidator(_year),
    WithJsonSchema({"type": "integer", "minimum": EARLIEST_YEAR, "maximum": LATEST_YEAR, "unit": "year"}),
]
"""A calendar year."""


def unit(text: str) -> dict[str, Any]:
    """Return the schema entry that states a field's unit."""
    return {"unit": text}


class Frozen(BaseModel):
    """What every model of a scenario file is: unchangeable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(Frozen):
    """First and last year in force, both included; one left out is open."""

    first: Year | None = Field(default=None, description="first year in force", json_schema_extra=unit("year"))
    last: Year | None = Field(default=None, description="last year in force", json_schema_extra=unit("year"))

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        year = {"anyOf": [{"type": "integer", "minimum": EARLIEST_YEAR, "maximum": LATEST_YEAR}, {"type": "null"}]}
        pair = {"type": "array", "items": {**year, **unit("year")}, "minItems": 2, "maxItems": 2}
        return {**pair, "title": "Window", "description": "[first, last] year, both included, null = open"}

    @model_serializer
    def _to_pair(self) -> list[int | None]:
        return [self.first, self.last]

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, raw: Any) -> Any:
        if isinstance(raw, list | tuple):
            if len(raw) != 2:
                raise fault(f"years has {len(raw)} entries", "write [first, last], with null for an open side")
            return {"first": raw[0], "last": raw[1]}
        if not isinstance(raw, dict | Window):
            raise fault(f"years is {raw!r}", f"write [first, last], such as [{raw}, {raw}], with null for an open side")
        return raw

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.first is not None and self.last is not None and self.first > self.last:
            raise fault(f"years run backwards: {self.first} to {self.last}", "write the first year first")
        return self

    def __contains__(self, year: object) -> bool:
        return isinstance(year, int) and (self.first or 0) <= year <= (self.last or 9999)

    def meets(self, other: "Window") -> bool:
        """Return whether some year lies in both."""
        return max(self.first or 0, other.first or 0) <= min(self.last or 9999, other.last or 9999)

    def __str__(self) -> str:
        if self.first == self.last and self.first is not None:
            return f"in {self.first}"
        ends = [f"from {self.first}" if self.first else "", f"to {self.last}" if self.last else ""]
        return " ".join(end for end in ends if end)


class PhaseIn(Frozen):
    """Equal yearly steps: in year t the share in force is (t − first + 1)/(full − first + 1), from 0 up to 1."""

    first: Year = Field(description="year of the first step", json_schema_extra=unit("year"))
    full: Year = Field(description="year from which it is in full force", json_schema_extra=unit("year"))

    @model_validator(mode="after")
    def _in_order(self) -> "PhaseIn":
        if self.first > self.full:
            raise fault(f"phase-in runs backwards: {self.first} to {self.full}", "write the first year first")
        return self

    def share(self, year: int) -> float:
        """Return the share in force in a year."""
        return min(max((year - self.first + 1) / (self.full - self.first + 1), 0.0), 1.0)
