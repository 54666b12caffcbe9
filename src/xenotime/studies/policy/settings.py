"""What the policy study can be told: a checked file beside its defaults in `studies/defaults/policy.yaml`."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from xenotime.core import InputError
from xenotime.studies.settings import _mapping_in as mapping_in


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


class PolicySettings(BaseModel):
    """Settings of the policy study; `defaults/policy.yaml` says what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    own_trade: Literal["output", "absent"] | dict[str, float]
    reexports: Literal["known", "all", "none"]
    merge: dict[str, str] = {}
    cif_margin: float = Field(ge=0, lt=1)
    tariff: float = Field(ge=0, lt=20)
    agreements: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path | str | None = None, **changes: Any) -> Self:
        """Read settings from a YAML file (the shipped defaults when none is given), then apply `changes`.

        Parameters
        ----------
        path : path, optional
            A YAML file; keys it leaves out keep their defaults.
        **changes
            Fields to override; ``None`` means "not given".

        Raises
        ------
        InputError
            The file is missing, is not YAML, or holds an unknown key or a wrong value.
        """
        values = yaml.safe_load(files("xenotime.studies").joinpath("defaults/policy.yaml").read_text("utf-8"))
        if path is not None:
            values.update(mapping_in(Path(path)))
        values.update({name: value for name, value in changes.items() if value is not None})
        try:
            return cls.model_validate(values)
        except ValidationError as fault:
            first = fault.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise InputError(
                f"{field}: {first['msg']} (got {first['input']!r})",
                where=str(path) if path else "settings",
                remedy=f"known settings: {', '.join(cls.model_fields)}",
            ) from None
