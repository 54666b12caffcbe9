"""What a study can be told, as a checked file: pydantic models beside their defaults in `defaults/*.yaml`."""

import difflib
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails

from xenotime.core import InputError


class Settings(BaseModel):
    """Settings of any study: subclass, name the file of defaults, list the fields; `read` does the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    DEFAULTS: ClassVar[str]

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
        values = yaml.safe_load(files("xenotime.studies").joinpath("defaults", cls.DEFAULTS).read_text("utf-8"))
        if path is not None:
            values.update(_mapping_in(Path(path), cls.DEFAULTS))
        given = {name: value for name, value in changes.items() if value is not None}
        values.update(given)
        try:
            return cls.model_validate(values)
        except ValidationError as fault:
            first = fault.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            from_file = path is not None and (not first["loc"] or first["loc"][0] not in given)
            raise InputError(
                f"{field}: {_what(first)} (got {first['input']!r})" if field else _what(first),
                where=str(path) if from_file else "settings",
                remedy=cls._remedy(first),
            ) from None

    @classmethod
    def _remedy(cls, error: ErrorDetails) -> str:
        known = ", ".join(cls.model_fields)
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
            close = difflib.get_close_matches(str(error["loc"][0]), list(cls.model_fields), n=1, cutoff=0.6)
            return f"did you mean {close[0]}? known settings: {known}" if close else f"known settings: {known}"
        return f"studies/defaults/{cls.DEFAULTS} shows what each setting takes; known settings: {known}"


class TradeSettings(Settings):
    """Settings of the trade study; the defaults stand in ``defaults/trade.yaml``."""

    DEFAULTS: ClassVar[str] = "trade.yaml"

    chain: str
    stages: str | None = None
    rule: str
    parameters: dict[str, float] = {}

    @field_validator("parameters", mode="before")
    @classmethod
    def _empty_is_none_given(cls, value: Any) -> Any:
        return {} if value is None else value


def _what(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown setting"
    if error["type"] == "tuple_type":
        return "takes a list, in brackets: [a, b]"
    return error["msg"].removeprefix("Value error, ")


def _mapping_in(path: Path, defaults: str) -> dict[str, Any]:
    remedy = f"one `setting: value` a line, as in studies/defaults/{defaults}"
    if not path.is_file():
        raise InputError("no such file", where=str(path), remedy="give the path of a YAML file with settings")
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InputError(f"is not YAML: {fault}", where=str(path), remedy=remedy) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InputError("holds no settings (key: value)", where=str(path), remedy=remedy)
    return {str(key): value for key, value in found.items()}
