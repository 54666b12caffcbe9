"""A mineral's chain as data: stages, the products and exporters each stage selects, and what to beware of.

People write these files (YAML), so pydantic checks them, and `load` turns its findings into one message that names
file, field and remedy. Within one staging every (product, exporter, year) falls into at most one stage.
"""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from xenotime.core import InputError
from xenotime.reference.geography import country_names
from xenotime.reference.products import HS_VERSIONS, hs_codes, in_vintage


def _known_country(code: str) -> str:
    if code not in country_names():
        raise ValueError(f"{code!r} is not an ISO 3166 alpha-3 country")
    return code


Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_known_country)]
Hs6 = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


def _known_vintage(name: str) -> str:
    if name not in HS_VERSIONS:
        raise ValueError(f"unknown HS vintage {name!r}: use one of {', '.join(HS_VERSIONS)}")
    return name


Vintage = Annotated[str, AfterValidator(_known_vintage)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Product(_Frozen):
    """A heading that a user's chain needs and `xenotime.reference.hs_codes` does not list.

    Attributes
    ----------
    first_vintage, last_vintage : str
        First and last vintage of the Harmonized System that has it; `last_vintage` absent = still there.
    """

    hs6: Hs6
    title: str = Field(min_length=1)
    first_vintage: Vintage = "HS92"
    last_vintage: Vintage | None = None
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Product":
        if self.last_vintage and HS_VERSIONS.index(self.last_vintage) < HS_VERSIONS.index(self.first_vintage):
            raise ValueError(f"vintages run backwards: {self.first_vintage} to {self.last_vintage}")
        return self

    def exists_in(self, hs_version: str) -> bool:
        """Return whether the heading exists in a known vintage."""
        first, last = self.first_vintage, self.last_vintage or HS_VERSIONS[-1]
        return HS_VERSIONS.index(first) <= HS_VERSIONS.index(hs_version) <= HS_VERSIONS.index(last)


class Select(_Frozen):
    """One product of a stage, from all exporters or some, in all years or some.

    Attributes
    ----------
    hs6 : str
        Product, six digits.
    exporters : tuple of str, optional
        Only these exporters.
    except_exporters : tuple of str, optional
        All exporters but these.
    years : (int or None, int or None), optional
        First and last year, both included; None = open on that side.
    holds : str
        What the heading really holds.
    source : str
        Where that is known from.
    """

    hs6: Hs6
    exporters: tuple[Iso3, ...] | None = Field(default=None, min_length=1)
    except_exporters: tuple[Iso3, ...] | None = Field(default=None, min_length=1)
    years: tuple[int | None, int | None] | None = None
    holds: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _sane(self) -> "Select":
        if self.exporters is not None and self.except_exporters is not None:
            raise ValueError("give exporters or except_exporters, not both")
        first, last = self.window
        if first > last:
            raise ValueError(f"years run backwards: {first} to {last}")
        return self

    @property
    def window(self) -> tuple[int, int]:
        """First and last year, with 0 and 9999 for an open side."""
        first, last = self.years or (None, None)
        return (0 if first is None else first, 9999 if last is None else last)

    def meets(self, other: "Select") -> bool:
        """Return whether some (product, exporter, year) falls into both."""
        if self.hs6 != other.hs6:
            return False
        (first, last), (other_first, other_last) = self.window, other.window
        return first <= other_last and other_first <= last and not self._covered().isdisjoint(other._covered())

    def _covered(self) -> frozenset[str]:
        everyone = frozenset(country_names())
        if self.exporters is not None:
            return frozenset(self.exporters)
        return everyone - frozenset(self.except_exporters or ())


class Warn(_Frozen):
    """What a reader of results on these products should know, with the figure."""

    codes: tuple[Hs6, ...] = Field(min_length=1)
    text: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Stage(_Frozen):
    """A stage of the chain: its products."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    selects: tuple[Select, ...] = Field(min_length=1)


class Staging(_Frozen):
    """A way to cut the chain into stages, where it comes from, and why one would use it."""

    name: str
    title: str
    source: str
    reason: str
    warnings: tuple[Warn, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_flow_once(self) -> "Staging":
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"two stages have the same name among {', '.join(names)}")
        for (one, a), (two, b) in combinations(self.placed(), 2):
            if a.meets(b):
                raise ValueError(
                    f"product {a.hs6} is selected twice for the same exporters and years, in stages {one!r} and"
                    f" {two!r}: split it by exporters, except_exporters or years"
                )
        return self

    def placed(self) -> Iterator[tuple[str, Select]]:
        """Yield every selection with the name of its stage."""
        for stage in self.stages:
            for select in stage.selects:
                yield stage.name, select


class Chain(_Frozen):
    """A mineral from mine to product: one or more stagings, one of them the default."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    commodity: str
    default_stages: str
    products: tuple[Product, ...] = ()
    stagings: dict[str, Staging] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _name_the_stagings(cls, raw: Any) -> Any:
        """A staging's name is its key; people need not write it twice."""
        if isinstance(raw, dict) and isinstance(raw.get("stagings"), dict):
            named = {
                key: {"name": key, **body} if isinstance(body, dict) else body for key, body in raw["stagings"].items()
            }
            return {**raw, "stagings": named}
        return raw

    @model_validator(mode="after")
    def _default_exists(self) -> "Chain":
        if self.default_stages not in self.stagings:
            raise ValueError(f"default_stages {self.default_stages!r} is none of {', '.join(self.stagings)}")
        for key, staging in self.stagings.items():
            if staging.name != key:
                raise ValueError(f"staging {key!r} calls itself {staging.name!r}")
        return self

    @model_validator(mode="after")
    def _products_are_known(self) -> "Chain":
        known = set(hs_codes()["hs6"]) | {product.hs6 for product in self.products}
        for key, staging in self.stagings.items():
            used = [(f"stage {stage!r}", select.hs6) for stage, select in staging.placed()]
            used += [("its warnings", code) for warn in staging.warnings for code in warn.codes]
            for place, code in used:
                if code not in known:
                    raise ValueError(
                        f"HS code {code!r} in staging {key!r}, {place}, is not in xenotime.reference.hs_codes():"
                        " mend it, or describe it under products"
                    )
        return self

    def staging(self, name: str | None = None) -> Staging:
        """Return a staging by name, the default one if none is given.

        Raises
        ------
        InputError
            The chain has no such staging.
        """
        wanted = self.default_stages if name is None else name
        if wanted not in self.stagings:
            raise InputError(
                f"chain {self.name!r} has no staging {wanted!r}", remedy=f"use one of {', '.join(self.stagings)}"
            )
        return self.stagings[wanted]

    def stage_names(self, staging: str | None = None) -> tuple[str, ...]:
        """Return the stages in order, from the mine on."""
        return tuple(stage.name for stage in self.staging(staging).stages)

    def codes(self, staging: str | None = None) -> tuple[str, ...]:
        """Return the products of a staging, sorted."""
        return tuple(sorted({select.hs6 for _, select in self.staging(staging).placed()}))

    def all_codes(self) -> tuple[str, ...]:
        """Return the products of all stagings, sorted: what to keep when data is taken in."""
        return tuple(sorted({code for name in self.stagings for code in self.codes(name)}))

    def vintage_codes(self, hs_version: str, staging: str | None = None) -> tuple[str, ...]:
        """Return the products of a staging that exist in a vintage of the Harmonized System.

        Raises
        ------
        InputError
            Unknown vintage.
        """
        if hs_version not in HS_VERSIONS:
            raise InputError(f"unknown HS vintage {hs_version!r}", remedy=f"use one of {', '.join(HS_VERSIONS)}")
        own = {product.hs6: product for product in self.products}
        return tuple(
            code
            for code in self.codes(staging)
            if (own[code].exists_in(hs_version) if code in own else in_vintage(code, hs_version))
        )

    def selects(self, staging: str | None = None) -> pl.DataFrame:
        """Return the selections of a staging as a table.

        Returns
        -------
        polars.DataFrame
            `hs6`, `stage`, `exporters`, `except_exporters` (lists, null = no such rule), `year_from`, `year_to`
            (inclusive, null = open).
        """
        rows = [
            {
                "hs6": select.hs6,
                "stage": stage,
                "exporters": None if select.exporters is None else list(select.exporters),
                "except_exporters": None if select.except_exporters is None else list(select.except_exporters),
                "year_from": select.years[0] if select.years else None,
                "year_to": select.years[1] if select.years else None,
            }
            for stage, select in self.staging(staging).placed()
        ]
        return pl.DataFrame(
            rows,
            schema={
                "hs6": pl.String,
                "stage": pl.String,
                "exporters": pl.List(pl.String),
                "except_exporters": pl.List(pl.String),
                "year_from": pl.Int16,
                "year_to": pl.Int16,
            },
        )


def load(path: Path) -> Chain:
    """Read a chain from a YAML file.

    Raises
    ------
    InputError
        The file is missing, is not YAML, or breaks a rule; the message names file, field and remedy.
    """
    import yaml

    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InputError(f"cannot be read: {fault.strerror}", where=str(path), remedy="check the path") from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InputError(f"is not YAML: {fault}", where=str(path), remedy="mend the line named above") from fault
    try:
        return Chain.model_validate(raw)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(whole file)"
        message = first["msg"].removeprefix("Value error, ")
        given = (
            ""
            if isinstance(first["input"], dict | list) or "Value error" in first["msg"]
            else f" (given: {first['input']!r})"
        )
        more = f"; {fault.error_count() - 1} more such faults" if fault.error_count() > 1 else ""
        raise InputError(
            f"{message}{given}{more}",
            where=f"{path}, field {field}",
            remedy="see docs/how-to/new-chain.md, and quote HS codes so that YAML keeps them as text",
        ) from fault
