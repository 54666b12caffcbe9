"""What the policy study can be told: a checked file beside its defaults in `studies/defaults/policy.yaml`."""

from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from xenotime.studies.settings import Settings

#: Every draw of every scenario keeps its network measures in memory.
MOST_DRAWS = 100_000


class Span(BaseModel):
    """Low and high of an elasticity, as positive numbers, and where they are from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    high: float = Field(gt=0, allow_inf_nan=False)
    source: str = "set by hand, no source given"

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
    draws: int = Field(ge=2, le=MOST_DRAWS)
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
    tariff: float = Field(ge=0, le=1)
    agreements: tuple[str, ...] = ()
    pair_agreements: Literal["free", "ignore"]

    @field_validator("scenarios", "agreements", mode="before")
    @classmethod
    def _one_or_more(cls, names: Any) -> Any:
        return (names,) if isinstance(names, str) else () if names is None else names

    @field_validator("own_trade", mode="before")
    @classmethod
    def _own_trade_known(cls, value: Any) -> Any:
        numbers = isinstance(value, dict) and all(isinstance(x, int | float) for x in value.values())
        if not (numbers or value in ("output", "absent")):
            raise ValueError("write output, absent, or each country's own trade over its exports, as {CHN: 1.5}")
        return value

    @field_validator("demand", "supply")
    @classmethod
    def _low_is_given(cls, span: Span) -> Span:
        if span.low is None:
            raise ValueError("low is missing; only that of substitution can be taken from what is published")
        return span

    @field_validator("merge", mode="before")
    @classmethod
    def _nothing_merged(cls, merge: Any) -> Any:
        return {} if merge is None else merge

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
