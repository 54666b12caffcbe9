"""What a study can be told, as a checked file: pydantic models beside their defaults in `defaults/*.yaml`."""

from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from xenotime.core import InputError


class TradeSettings(BaseModel):
    """Settings of the trade study; the defaults stand in ``defaults/trade.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    DEFAULTS: ClassVar[str] = "trade.yaml"

    chain: str
    stages: str | None = None
    rule: str
    parameters: dict[str, float] = {}

    @field_validator("parameters", mode="before")
    @classmethod
    def _empty_is_none_given(cls, value: Any) -> Any:
        return {} if value is None else value

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
            values.update(_mapping_in(Path(path)))
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


def _mapping_in(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError("no such file", where=str(path), remedy="give the path of a YAML file with settings")
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InputError(f"is not YAML: {fault}", where=str(path), remedy="see defaults/trade.yaml") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InputError("holds no settings (key: value)", where=str(path), remedy="see defaults/trade.yaml")
    return found
