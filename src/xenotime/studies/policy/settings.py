"""What the policy study can be told: a checked file beside its defaults in `studies/defaults/policy.yaml`."""

from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from xenotime.studies.settings import Settings


class Span(BaseModel):
    """Low and high of an elasticity, as positive numbers, and where they are from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float | None = Field(default=None, gt=0)
    high: float = Field(gt=0)
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self


class PolicySettings(Settings):
    """Settings of the policy study; `defaults/policy.yaml` says what each means."""

    DEFAULTS: ClassVar[str] = "policy.yaml"

    chain: str
    staging: str | None = None
    stage: str | None = None
    year: int | None = None
    scenarios: tuple[str, ...] = ()
    draws: int = Field(ge=2)
    partitions: int = Field(ge=1)
    seed: int = Field(ge=0)
    level: float = Field(gt=0, lt=1)
    nest_of_bans: Literal["aces", "ces"]
    substitution: Span
    demand: Span
    supply: Span
    country_spread: float = Field(ge=0, le=1)
    own_trade: Literal["output", "absent"] | dict[str, float]
    reexports: Literal["known", "all", "none"]
    merge: dict[str, str] = Field(default_factory=dict)
    cif_margin: float = Field(ge=0, lt=1)
    tariff: float = Field(ge=0, lt=20)
    agreements: tuple[str, ...] = ()
    pair_agreements: Literal["free", "ignore"]

    @field_validator("merge")
    @classmethod
    def _merge_ends(cls, merge: dict[str, str]) -> dict[str, str]:
        for part, whole in merge.items():
            if whole in merge:
                circle = part == whole or merge[whole] == part
                raise ValueError(
                    f"{part} goes to {whole}, and {whole} goes to {merge[whole]} itself"
                    + (": a circle" if circle else f"; write {part}: {merge[whole]}")
                )
        return merge
