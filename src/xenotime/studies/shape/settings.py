"""What the shape study can be told: a checked file beside its defaults in `studies/defaults/shape.yaml`."""

from typing import ClassVar

from pydantic import Field, PositiveFloat, PositiveInt

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
