"""Who and whom: countries, dated blocs and rules, written in a few words and resolved against a market and a year.

    CHN                         a country
    [JPN, KOR, EU]              countries and blocs
    all but MSP                 everyone else
    top 5 exporters but CHN     the five largest by export value, China left out before counting
    {of: EU, year: 2022}        a bloc as it was in a year of its own

A bloc has the members it had at the end of the year asked about (`xenotime.reference.members`). Where a market holds
the bloc itself as one region under its name, that region is meant. Countries outside the market trade nothing in it
and are left out; a party of whom nobody is left is an error.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, GetJsonSchemaHandler, field_validator, model_serializer, model_validator
from pydantic_core import CoreSchema

from xenotime import reference
from xenotime.core import InputError
from xenotime.markets.market import Market
from xenotime.scenarios.fields import Frozen, Year, fault, unit

_TOP = re.compile(r"^top ([0-9]+) (exporters|importers)$")
_MEMBERS = "members"


@dataclass(frozen=True, eq=False)
class Setting:
    """Where a scenario is applied: the year, the market's countries, and what can only be known there.

    Attributes
    ----------
    year : int
    names : tuple of str
        Labels of the market.
    market : Market, optional
        Needed by rules such as "top 5 exporters".
    tonnes : ndarray (n, n), optional
        Base trade in metric tonnes, needed by quotas in tonnes.
    book : mapping
        Instruments of the scenario by label, for retaliation.
    members : tuple of str
        What the word "members" means here.
    """

    year: int
    names: tuple[str, ...]
    market: Market | None = None
    tonnes: NDArray[np.float64] | None = None
    book: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[str, ...] = ()

    def of_members(self, members: tuple[str, ...]) -> "Setting":
        """Return the same setting with "members" meaning these."""
        return replace(self, members=members)


class Party(Frozen):
    """Countries on one side of a measure; see the module for how to write one."""

    of: tuple[str, ...] = Field(min_length=1)
    but: tuple[str, ...] = ()
    year: Year | None = Field(default=None, json_schema_extra=unit("year"))

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, raw: Any) -> Any:
        _refuse_odd(raw)
        if isinstance(raw, str):
            chosen, _, left_out = raw.strip().partition(" but ")
            return {"of": _split(chosen), "but": _split(left_out)}
        if isinstance(raw, list | tuple):
            return {"of": list(raw)}
        if isinstance(raw, dict):
            return {
                key: _split(value) if key != "year" and isinstance(value, str) else value for key, value in raw.items()
            }
        return raw

    @field_validator("of", "but")
    @classmethod
    def _known(cls, items: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked(item) for item in items)

    @model_serializer
    def _to_words(self) -> Any:
        if self.year is not None:
            return {"of": list(self.of), "but": list(self.but), "year": self.year}
        if self.but:
            return f"{', '.join(self.of)} but {', '.join(self.but)}"
        return self.of[0] if len(self.of) == 1 else list(self.of)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
        return {
            "title": "Party",
            "description": 'Countries (ISO3), blocs, "all", "all but …", "top 5 exporters"; alone or in a list.',
            "anyOf": [
                *words["anyOf"],
                {
                    "type": "object",
                    "properties": {"of": words, "but": words, "year": {"type": "integer", "unit": "year"}},
                    "required": ["of"],
                    "additionalProperties": False,
                },
            ],
        }

    @property
    def needs_market(self) -> bool:
        """Whether only a market's flows can tell who is meant."""
        return any(_TOP.match(item) for item in self.of)

    def resolve(self, setting: Setting) -> tuple[str, ...]:
        """Return the labels of the market that are meant, sorted as the market sorts them.

        Raises
        ------
        InputError
            A bloc or country that did not exist in the year, or nobody of the party is in the market.
        """
        chosen = self.found(setting)
        if not chosen:
            raise InputError(
                f"nobody of {self.describe()} is in the market of {setting.year}",
                remedy=f"the market holds {', '.join(setting.names[:12])}{' …' if len(setting.names) > 12 else ''}",
            )
        return chosen

    def found(self, setting: Setting) -> tuple[str, ...]:
        """Return the labels of the market that are meant, as `resolve` does, or none."""
        left_out = {name for item in self.but for name in self._item(item, setting, frozenset())}
        found = {name for item in self.of for name in self._item(item, setting, frozenset(left_out))} - left_out
        return tuple(name for name in setting.names if name in found)

    def _item(self, item: str, setting: Setting, left_out: frozenset[str]) -> tuple[str, ...]:
        year = self.year or setting.year
        if item == "all":
            return setting.names
        if item == _MEMBERS:
            if not setting.members:
                raise InputError(
                    '"members" means nobody here', remedy="it is a word of friend_shoring; name the countries"
                )
            return setting.members
        if found := _TOP.match(item):
            return _largest(int(found[1]), found[2], setting, left_out)
        if item in setting.names:
            return (item,)
        if item in _blocs():
            members = reference.members(item, year)
            if not members:
                raise InputError(
                    f"the bloc {item} had no members in {year}",
                    remedy=f"it began in {_blocs()[item]}: choose another year, or pin one: {{of: {item}, year: …}}",
                )
            return members
        if item not in _existing(year):
            raise InputError(
                f"{_called(item)} did not exist in {year}", remedy="name its successor, or choose another year"
            )
        return (item,)

    def describe(self) -> str:
        """Return the party in plain words."""
        text = _listed([_called(item) for item in self.of])
        if self.but:
            text += f" but {_listed([_called(item) for item in self.but])}"
        return text + (f" (as of {self.year})" if self.year else "")


@cache
def _blocs() -> dict[str, int]:
    """Return the year in which each bloc began, by its name."""
    began = reference.blocs().group_by("bloc").agg(pl.col("joined").min().dt.year())
    return dict(began.iter_rows())


@cache
def _existing(year: int) -> frozenset[str]:
    return frozenset(reference.existing(year))


def _refuse_odd(raw: Any) -> None:
    """Refuse what YAML makes of words that are none to it, and rules written as keys."""
    items = raw if isinstance(raw, list | tuple) else [raw]
    if isinstance(raw, dict):
        if "top" in raw:
            raise fault("the key 'top' is no part of a party", 'write the rule in words: "top 5 exporters"')
        items = [part for value in raw.values() for part in (value if isinstance(value, list | tuple) else [value])]
        items = [part for part in items if isinstance(part, bool)]
    for item in items:
        if isinstance(item, bool):
            raise fault(
                f"{'no' if not item else 'yes'} is not a country to YAML, which reads NO, no, off and their like as"
                f" {str(item).lower()}",
                "countries are ISO 3166 alpha-3 codes: Norway is NOR",
            )
        if not isinstance(item, str | dict | Party):
            raise fault(f"{item!r} is not a country, bloc or rule", "write ISO3 codes such as CHN, or a bloc's name")


def _split(words: str) -> list[str]:
    return [part.strip() for part in words.split(",") if part.strip()]


def _checked(item: str) -> str:
    word = re.sub(r"\s+", " ", item.strip())
    if (top := _TOP.match(word.casefold())) and int(top[1]) == 0:
        raise fault(f"{item!r} means nobody", "write how many, from 1 on: top 5 exporters")
    if word.casefold() in {"all", _MEMBERS} or _TOP.match(word.casefold()):
        return word.casefold()
    if word in reference.country_names():
        return word
    by_case = {name.casefold(): name for name in _blocs()}
    if word.casefold() in by_case:
        return by_case[word.casefold()]
    raise fault(f"unknown country, bloc or rule {item!r}", _nearest(word, by_case))


def _nearest(word: str, blocs: Mapping[str, str]) -> str:
    names = reference.country_names()
    if " but " in f" {word} ":
        return 'write "but" in a line of its own, not in a list: exporters: all but CHN'
    for scheme in ("name", "iso2", "iso3"):
        found = reference.to_iso3(pl.Series([word]), scheme)[0]
        if found:
            return f"write {found} ({names[found]}); countries are ISO 3166 alpha-3 codes"
    alike = [code for code in names if sum(a == b for a, b in zip(code, word.upper())) >= 2 and len(word) == 3]
    close = sorted(alike, key=lambda code: code[:2] != word[:2].upper())[:3] or difflib.get_close_matches(
        word.upper(), [*names, *(name.upper() for name in blocs.values())], n=3, cutoff=0.5
    )
    close = [blocs.get(name.casefold(), name) for name in close]
    close += [
        code
        for code, name in names.items()
        if difflib.SequenceMatcher(None, word.casefold(), name.casefold()).ratio() > 0.8
    ]
    choice = ", ".join(f"{name} ({names[name]})" if name in names else name for name in dict.fromkeys(close))
    return (
        f"did you mean {choice}?"
        if choice
        else f"use ISO3 codes, all, top N exporters, or {', '.join(sorted(blocs.values()))}"
    )


def _largest(count: int, side: str, setting: Setting, left_out: frozenset[str]) -> tuple[str, ...]:
    if setting.market is None:
        raise InputError(f"who the top {count} {side} are depends on the market", remedy="apply the policy to a market")
    flows = setting.market.flows - np.diag(np.diag(setting.market.flows))
    totals = flows.sum(axis=1 if side == "exporters" else 0)
    ranked = sorted(
        (-float(total), name) for total, name in zip(totals, setting.names) if total > 0 and name not in left_out
    )
    return tuple(name for _, name in ranked[:count])


def _called(item: str) -> str:
    if item in reference.country_names():
        return reference.country_names()[item]
    if item == "all":
        return "all countries"
    if _TOP.match(item) or item == _MEMBERS:
        return f"the {item}"
    return f"the {item}" if " " not in item else item


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _payer(name: str) -> str:
    if name not in reference.country_names():
        raise fault(f"{name!r} is no country", _nearest(name, {}))
    return name


def _owner(name: str) -> str:
    if name not in (*OWNERS, *reference.country_names()):
        raise fault(f"{name!r} is nobody who could have a rent", "write exporter, importer or an ISO3 country")
    return name


OWNERS = ("exporter", "importer")
Owner = Annotated[str, AfterValidator(_owner)]
"""Who gets a rent: "exporter", "importer" or a country (ISO3)."""

Payer = Annotated[str, AfterValidator(_payer)]
"""A country (ISO3) that pays."""

EVERYONE = Party(of=("all",))
