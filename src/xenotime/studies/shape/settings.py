"""What the shape study can be told: a checked file beside its defaults in `studies/defaults/shape.yaml`."""

from typing import ClassVar, Self

from pydantic import Field, PositiveFloat, PositiveInt, field_validator, model_validator

from xenotime.reference import countries
from xenotime.studies.settings import TradeSettings


class ShapeSettings(TradeSettings):
    """Settings of the shape study; ``defaults/shape.yaml`` says what each means."""

    DEFAULTS: ClassVar[str] = "shape.yaml"

    seed: int = Field(ge=0)
    runs: PositiveInt
    noise: float = Field(ge=0)
    noisy_runs: PositiveInt
    blocs: tuple[str, ...] = Field(min_length=1)
    nulls: int = Field(ge=2)
    level: float = Field(gt=0, lt=1)
    origin: str
    destination: str
    carriers: tuple[str, ...]
    draws: PositiveInt
    cut: float = Field(gt=0, le=1)
    thresholds: tuple[PositiveFloat, ...] = Field(min_length=1)
    input_threshold: float = Field(gt=0)
    traders: int = Field(ge=5)
    permutations: PositiveInt
    between: tuple[int, int] | None = None
    scenario: str | None = None
    noise_draws: int = Field(ge=2)
    reporting_error: float = Field(ge=0)

    @field_validator("origin", "destination", "carriers")
    @classmethod
    def _countries(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        known = set(countries()["iso3"])
        odd = [one for one in ((value,) if isinstance(value, str) else value) if one not in known]
        if odd:
            raise ValueError(f"{', '.join(odd)} is no country: give ISO 3166 alpha-3 codes, such as CHN")
        return value

    @model_validator(mode="after")
    def _one_pair(self) -> Self:
        if self.between is not None and self.scenario is not None:
            raise ValueError("between (two years) and scenario are two comparisons: give one of them")
        if self.origin == self.destination:
            raise ValueError(f"origin and destination are both {self.origin}: name two countries")
        if self.between is not None and self.between[0] >= self.between[1]:
            raise ValueError("between names an earlier year, then a later one")
        return self
