"""What the alliances study can be told: a checked file beside its defaults in `studies/defaults/alliances.yaml`."""

from importlib.resources import as_file, files
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, PositiveInt, ValidationInfo, field_validator, model_validator

from xenotime.core import InputError
from xenotime.studies.alliances.covariates import COVARIATES, PAIR
from xenotime.studies.settings import TradeSettings

#: The rule is chosen by what the data allow: see `panels.rule_of`.
AUTO = "auto"
#: What a source can be chosen for, beside single covariates: all counted events, or a table of the store.
TABLES = ("events", "relations", "country_indices", "country_year", "dyads", "production")
#: Fewer relabellings than this give no p-value worth the name.
FEWEST = 10


class AlliancesSettings(TradeSettings):
    """Settings of the alliances study; ``defaults/alliances.yaml`` says what each means."""

    DEFAULTS: ClassVar[str] = "alliances.yaml"

    years: tuple[int, int] | None
    thresholds: tuple[float, ...]
    share_thresholds: tuple[float, ...]
    risk: Literal["made", "ever", "all"]
    nodes: tuple[str, ...]
    entry: bool
    formula: str | None
    covariates: tuple[str, ...]
    interest: tuple[str, ...] = Field(min_length=1)
    lag: int = Field(ge=0, le=5)
    carry: tuple[str, ...]
    sources: dict[str, str]
    normalise: Literal["none", "source_year"]
    year_effects: bool
    level: float = Field(gt=0, lt=1)
    bootstrap: int = Field(ge=0)
    mcmle: bool
    precision: float = Field(gt=0, lt=1)
    total_draws: int = Field(ge=0)
    gof: int = Field(ge=0)
    lags: tuple[int, ...]
    breaks: tuple[int, ...]
    leave_out: tuple[str, ...]
    permutations: int = Field(ge=0)
    origins: int = Field(ge=0)
    paths: int = Field(ge=0)
    path_years: PositiveInt
    seed: int = Field(ge=0)

    @field_validator(
        "covariates", "carry", "nodes", "breaks", "leave_out", "lags", "thresholds", "share_thresholds", mode="before"
    )
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return () if value is None else value

    @field_validator("covariates", "interest", "carry", "nodes", "leave_out", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("sources", mode="before")
    @classmethod
    def _empty_is_no_choice(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("covariates", "interest", "carry")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in COVARIATES]
        if unknown:
            raise ValueError(f"no covariate {', '.join(unknown)}; there are {', '.join(COVARIATES)}")
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is named twice")
        return value

    @field_validator("interest")
    @classmethod
    def _of_pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        pairs = [name for name, one in COVARIATES.items() if one.kind == PAIR]
        others = [name for name in value if name not in pairs]
        if others:
            raise ValueError(f"{', '.join(others)} is of countries; of interest can be, of pairs: {', '.join(pairs)}")
        return value

    @field_validator("sources")
    @classmethod
    def _of_something(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = [name for name in value if name not in (*COVARIATES, *TABLES)]
        if unknown:
            raise ValueError(
                f"no covariate or table {', '.join(unknown)}; there are {', '.join((*COVARIATES, *TABLES))}"
            )
        return value

    @field_validator("thresholds", "share_thresholds")
    @classmethod
    def _can_be_exceeded(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        shares = info.field_name == "share_thresholds"
        if any(not 0 < one < (1 if shares else inf) for one in value):
            raise ValueError("shares lie between 0 and 1: 0.05 is 5 %" if shares else "thousand USD, above 0")
        return value

    @field_validator("permutations")
    @classmethod
    def _enough(cls, value: int) -> int:
        if 0 < value < FEWEST:
            raise ValueError(f"{value} relabellings give no p-value: take {FEWEST} or more, or 0 for none")
        return value

    @model_validator(mode="after")
    def _parameters_belong_to_a_rule(self) -> Self:
        if self.rule == AUTO and self.parameters:
            raise ValueError("parameters without a rule: name the rule they belong to")
        if self.years is not None and self.years[0] >= self.years[1]:
            raise ValueError("years: give first and last, the first is only the past of the second")
        return self

    @classmethod
    def read(cls, path: Path | str | None = None, **changes: Any) -> Self:
        """Read settings from a YAML file, or from those shipped by name (``"alliances_2019_2024"``).

        See `TradeSettings.read`.
        """
        if isinstance(path, str) and not Path(path).suffix:
            folder = files("xenotime.studies").joinpath("defaults")
            shipped = folder.joinpath(f"{path}.yaml")
            known = sorted(
                one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.startswith("alliances_")
            )
            if Path(path).name in known:
                with as_file(shipped) as file:
                    return super().read(file, **changes)
            if not Path(path).is_file():
                raise InputError(
                    "no settings of this name",
                    where=path,
                    remedy=f"shipped are {', '.join(known)}; or give the path of a YAML file",
                )
        return super().read(path, **changes)
