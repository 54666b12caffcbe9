"""Options that verbs take together: a dataclass of them stands in a verb's signature as one argument.

Typer reads one option a parameter, so that every verb would repeat the whole list. `asks` spreads the fields of such a
dataclass for Typer and hands the verb the filled object::

    @study.command("shape")
    @asks
    def study_shape(asked: AskedTies, settings: SettingsOption = None) -> None: ...
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, get_type_hints

from xenotime.cli.options import (
    ChainOption,
    HsVersionOption,
    ParameterOption,
    RuleOption,
    SourceOption,
    StagesOption,
    StoreOption,
    VersionOption,
    YearsOption,
    numbers_of,
    store_at,
    years_of,
)
from xenotime.core import InputError

if TYPE_CHECKING:
    from xenotime.store import Store


@dataclass(frozen=True)
class AskedFlows:
    """Which flows of which store."""

    store: StoreOption = None
    chain: ChainOption = None
    stages: StagesOption = None
    years: YearsOption = None
    source: SourceOption = None
    data_version: VersionOption = None
    hs_version: HsVersionOption = None

    def keywords(self) -> dict[str, Any]:
        """Return what the studies call these options; `InputError` where one cannot be read."""
        return {
            "chain": self.chain,
            "stages": self.stages,
            "years": years_of(self.years),
            "source": self.source,
            "version": self.data_version,
            "hs_version": self.hs_version,
        }

    def open(self) -> "Store":
        """Open the store, or the embedded world when none was named."""
        return store_at(self.store)


@dataclass(frozen=True)
class AskedTies(AskedFlows):
    """Which flows, and how ties of dependence are drawn from them."""

    rule: RuleOption = None
    parameter: ParameterOption = None

    def keywords(self) -> dict[str, Any]:
        """Return what the studies call these options; `InputError` where one cannot be read."""
        ties = {"rule": self.rule, "parameters": numbers_of(self.parameter, "--parameter") or None}
        return {**super().keywords(), **ties}


def two_years_of(text: str) -> tuple[int, int]:
    """Read ``"2010-2022"`` as two years.

    Raises
    ------
    InputError
        It is one year, or none.
    """
    years = years_of(text) or []
    if len(years) < 2:
        raise InputError(f"{text!r} is not two years", where="--between", remedy="write --between 2010-2022")
    return years[0], years[-1]


def asks(verb: Callable[..., None]) -> Callable[..., None]:
    """Let Typer see the fields of a verb's dataclass arguments as options of their own."""
    own = inspect.signature(verb, eval_str=True)
    groups: dict[str, Any] = {name: p.annotation for name, p in own.parameters.items() if is_dataclass(p.annotation)}
    spread: list[inspect.Parameter] = []
    for name, parameter in own.parameters.items():
        spread += _options(groups[name]) if name in groups else [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]

    @wraps(verb)
    def called(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        verb(**given)

    called.__signature__ = own.replace(parameters=spread)  # type: ignore[attr-defined]
    return called


def _options(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
