"""What the columns of a user's own file mean: a documented mapping onto a table of `xenotime.schema`.

A mapping is a small YAML file (or the ``--map`` options of ``xenotime ingest``). It names the file's column for each
field, and says what the file itself cannot: units, scheme of the country codes, vintage of the Harmonized System,
edition, licence, and what an absent pair of countries means (convention 7). Nothing of this has a silent default.
Ready mappings lie beside this module in `mappings/` and are used by name. Reading the file is the work of `table`.
"""

import difflib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xenotime.core import InputError
from xenotime.reference import HS_VERSIONS
from xenotime.schema import ABSENCE, QUALITY, TABLES

#: What one unit of the file is in the unit of the table, by the start of the table's unit.
UNITS: Mapping[str, Mapping[str, float]] = {
    "thousand current USD": {"usd": 1e-3, "kusd": 1.0, "musd": 1e3},
    "current USD": {"usd": 1.0, "kusd": 1e3, "musd": 1e6},
    "metric tonnes": {"kg": 1e-3, "t": 1.0, "kt": 1e3},
    "km": {"m": 1e-3, "km": 1.0, "miles": 1.609344},
    "fraction": {"fraction": 1.0, "percent": 0.01},
    "persons": {"persons": 1.0, "thousand": 1e3, "million": 1e6},
}
SCHEMES = ("iso3", "iso2", "m49", "baci", "comtrade", "name", "cow")
TableName = Literal[
    "flows",
    "reports",
    "production",
    "country_year",
    "dyads",
    "dyad_year",
    "relations",
    "country_indices",
    "tariffs",
]
#: Tables of pairs that may hold the same in both directions.
PAIRED = ("dyads", "dyad_year", "relations")
#: Columns of a table that the mapping as a whole settles, not a column of the file.
SETTLED = ("hs_version", "quality", "absence", "source", "source_version")
#: Fields of which parts may be added up when the file splits one row of ours into several.
ADDITIVE: Mapping[str, tuple[str, ...]] = {
    "flows": ("value_kusd", "quantity_t"),
    "reports": ("value_kusd", "quantity_t"),
}


def field_of(column: str) -> str:
    """Return the field a mapping calls a table's column by: its name without the unit (``value_kusd``: value)."""
    for suffix in ("_kusd", "_usd", "_km", "_t"):
        if column.endswith(suffix):
            return column.removesuffix(suffix)
    return column


def fields(table: str) -> dict[str, str]:
    """Return field to column of `table`, for the fields that a mapping fills from the file."""
    return {field_of(name): name for name in TABLES[table].columns if name not in SETTLED}


def factors(unit: str) -> Mapping[str, float]:
    """Return the units a file may use for a column of unit `unit`, with their factors; empty where there is none."""
    return next((choices for start, choices in UNITS.items() if unit.startswith(start)), {})


class TableMapping(BaseModel):
    """How a file of one layout becomes a table.

    Attributes
    ----------
    title, version, licence, citation, note : str
        What the file is, for provenance; `version` is the producer's edition ("V202601").
    source : str
        Short name under which the store keeps it. Files that hold the same products in different ways (a complete
        matrix, an extract) need different names.
    table : str
        Table of `xenotime.schema` it fills.
    columns : dict
        Field (`exporter`, `value`, …: the table's column without its unit) to column of the file.
    constants : dict
        Field to the one value it has in the whole file, for fields without a column.
    translate : dict
        Field to {value in the file: value in the table}.
    units : dict
        Field to the file's unit, required for every field that has one.
    scale, per : dict
        Field to a factor (``conflict: -1``), and field to the column of the file that it is divided by (counts to
        counts a day).
    symmetric : bool
        Each row of pairs holds in both directions, though the file lists a pair once.
    country_scheme : str
        One of `SCHEMES`; two- and three-letter codes are recognised where it is left out, and the report says so.
    hs_version : str
        Vintage of the product codes, e.g. "HS17".
    absence : str
        What an absent pair means: one of `xenotime.schema.ABSENCE`; `absence_note` gives the cut or the reason.
    quality : str
        How the values were made: one of `xenotime.schema.QUALITY`.
    keep : dict
        Column of the file to the values that are read; other rows are left out and counted in the notes.
    repeated : {"quarantine", "sum"}
        Rows that repeat a key: set aside all but the first, or add them up because each holds a part of the flow.
    year_format : {"year", "date"}
        Whether the year stands alone or begins a date or period (2022-01-01, 202201).
    separator : str
        What parts the columns of a text file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    version: str = ""
    licence: str = ""
    citation: str = ""
    note: str = ""
    source: str = "table"
    table: TableName = "flows"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | float | bool] = Field(default_factory=dict)
    translate: dict[str, dict[str, str]] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    scale: dict[str, float] = Field(default_factory=dict)
    per: dict[str, str] = Field(default_factory=dict)
    symmetric: bool = False
    country_scheme: str = ""
    hs_version: str = ""
    absence: str = ""
    absence_note: str = ""
    quality: str = "published"
    keep: dict[str, list[str]] = Field(default_factory=dict)
    repeated: Literal["quarantine", "sum"] = "quarantine"
    year_format: Literal["year", "date"] = "year"
    separator: str = ","


def ready() -> dict[str, TableMapping]:
    """Return the mappings that come with the package, by name."""
    folder = files("xenotime.sources") / "mappings"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    return {
        entry.name.removesuffix(".yaml"): _from_yaml(entry.read_text(encoding="utf-8"), entry.name) for entry in entries
    }


def load_mapping(
    mapping: "str | Path | Mapping[str, Any] | TableMapping | None" = None, **settings: Any
) -> TableMapping:
    """Return a mapping by name, from a YAML file or from plain values, with some of its settings replaced.

    Parameters
    ----------
    mapping : str, Path, dict or TableMapping, optional
        Name of a ready mapping, path of a YAML file, or the values themselves; nothing: an empty mapping.
    **settings
        Attributes of `TableMapping` to replace. Dictionaries (`columns`, `constants`, `units`, …) are merged;
        ``None`` leaves the mapping's own.

    Raises
    ------
    InputError
        Unknown name, no such file, unknown key, wrong value.
    """
    if isinstance(mapping, TableMapping):
        base = mapping
    elif mapping is None:
        base = TableMapping()
    elif isinstance(mapping, Mapping):
        base = _validated(dict(mapping), "mapping")
    else:
        base = _by_name_or_path(mapping)
    values = base.model_dump()
    unknown = [name for name in settings if name not in values]
    if unknown:
        raise InputError(
            f"a mapping has no setting {unknown[0]!r}", remedy=f"settings: {', '.join(TableMapping.model_fields)}"
        )
    for name, value in settings.items():
        if value is not None:
            values[name] = {**values[name], **value} if isinstance(values[name], dict) else value
    return _validated(values, "mapping")


def require_complete(mapping: TableMapping, *, where: str) -> None:
    """Refuse a mapping that leaves something unsaid or says something impossible, naming everything at once.

    Raises
    ------
    InputError
        Lists each missing or wrong setting with the option that gives it.
    """
    known = fields(mapping.table)
    _among(mapping, known, where)
    table = TABLES[mapping.table]
    faults, wrong = [], []
    given = {**mapping.columns, **mapping.constants}
    for field, column in known.items():
        if field not in given and not table.columns[column].nullable:
            faults.append(f"which column holds {field} (--map {field}=COLUMN, or --set {field}=VALUE)")
    for field in given:
        choices = factors(table.columns[known[field]].unit)
        if choices and field in mapping.units and mapping.units[field] not in choices:
            wrong.append(
                f"{mapping.units[field]!r} is no unit of {field} that is known ({_unit_option(field)} "
                f"{'|'.join(choices)}; convert others first)"
            )
        elif choices and field not in mapping.units:
            faults.append(f"the unit of {field} ({_unit_option(field)} {'|'.join(choices)})")
    if not mapping.version:
        faults.append("the edition of the file (--version, e.g. V202601)")
    if "hs_version" in table.columns and not mapping.hs_version:
        faults.append("the vintage of its HS codes (--hs-version, e.g. HS17)")
    if "absence" in table.columns and not mapping.absence:
        faults.append(f"what an absent pair means (--absence {'|'.join(ABSENCE)})")
    if mapping.absence == "cut" and not mapping.absence_note:
        faults.append("what was cut off (--cut-note, e.g. 'flows under $10,000 left out')")
    missing = [f"the mapping of {mapping.table} does not say " + "; ".join(faults)] if faults else []
    if wrong or missing:
        raise InputError(
            "; ".join([*wrong, *missing]),
            where=where,
            remedy="give what is missing or wrong, or a mapping file with --mapping (docs: ingest your file)",
        )


def _among(mapping: TableMapping, known: Mapping[str, str], where: str) -> None:
    for setting in ("columns", "constants", "translate", "units", "scale", "per"):
        for field in getattr(mapping, setting):
            if field not in known:
                raise InputError(
                    f"{setting}: {mapping.table} has no field {field!r}{nearest(field, known)}",
                    where=where,
                    remedy=f"its fields are {', '.join(known)}",
                )
            if setting in ("scale", "per") and TABLES[mapping.table].columns[known[field]].dtype != pl.Float64:
                raise InputError(f"{setting}: {field} is not a number", where=where, remedy="leave it out")
    checks: list[tuple[str, str, Iterable[str]]] = [
        ("country_scheme", mapping.country_scheme, SCHEMES),
        ("absence", mapping.absence, ABSENCE),
        ("quality", mapping.quality, QUALITY),
        ("hs_version", mapping.hs_version, HS_VERSIONS),
    ]
    for setting, value, choices in checks:
        if value and value not in choices:
            raise InputError(f"{setting} is {value!r}", where=where, remedy=f"choose one of {', '.join(choices)}")
    if mapping.symmetric and mapping.table not in PAIRED:
        raise InputError(
            f"rows of {mapping.table} have a direction or no pair", where=where, remedy="leave out `symmetric: true`"
        )
    if mapping.repeated == "sum" and mapping.table not in ADDITIVE:
        raise InputError(f"rows of {mapping.table} cannot be added up", where=where, remedy="leave out `repeated: sum`")


def nearest(name: str, among: Iterable[str]) -> str:
    """Return ``"; nearest: 'x'"`` for the most similar of the names, or nothing."""
    lower = {candidate.lower(): candidate for candidate in among}
    found = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    return f"; nearest: {lower[found[0]]!r}" if found else ""


def _unit_option(field: str) -> str:
    return f"--{field}-unit" if field in ("value", "quantity") else f"units: {field}:"


def _by_name_or_path(mapping: str | Path) -> TableMapping:
    path = Path(mapping)
    if path.is_dir():
        raise InputError("is a folder, not a mapping file", where=str(path), remedy="name the .yaml file in it")
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise InputError(
                "no such mapping file", where=str(path), remedy=f"or use one by name: {', '.join(ready())}"
            )
        try:
            return _from_yaml(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError as error:
            raise InputError("the text is not UTF-8", where=str(path), remedy="save it as UTF-8") from error
    shipped = ready()
    if str(mapping) not in shipped:
        raise InputError(
            f"no ready mapping is called {str(mapping)!r}{nearest(str(mapping), shipped)}",
            remedy=f"ready ones: {', '.join(shipped)}; or give the path of a .yaml file",
        )
    return shipped[str(mapping)]


def _from_yaml(text: str, where: str) -> TableMapping:
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=where, remedy="mend the file") from error
    if not isinstance(values, dict):
        raise InputError("a mapping is a list of `key: value` lines", where=where, remedy="see docs: ingest your file")
    return _validated(values, where)


def _validated(values: dict[str, Any], where: str) -> TableMapping:
    try:
        return TableMapping.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{key}: {first['msg']}{nearest(key, TableMapping.model_fields)}",
            where=where,
            remedy=f"keys of a mapping: {', '.join(TableMapping.model_fields)}",
        ) from error
