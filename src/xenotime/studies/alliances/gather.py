"""Which covariates a stage's model gets: those asked for, as far as the store has them for the years that are read.

A covariate named in the settings or in the formula must be there and must reach the study's years, or be frozen by
``carry``; one that merely belongs to the default specification is left out where it does not, and the table `coverage`
says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.studies.alliances.covariates import ALIGNED, COVARIATES, PAIR, has_stage
from xenotime.studies.alliances.phrases import named
from xenotime.studies.alliances.phrases import years as spelled
from xenotime.studies.alliances.reader import Reader, Reading
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import attribute
from xenotime.tergm import parse

#: Covariates that stand in for another where the store has it: the one that is there first counts.
INSTEAD: Mapping[str, str] = {"same_bloc": "trade_agreement"}
#: What a covariate of interest is made of, or says once more: not beside it in the default specification.
HELD_IN: Mapping[str, tuple[str, ...]] = {"alignment": tuple(ALIGNED), "same_bloc": ("trade_agreement",)}
COVERAGE: dict[str, Any] = {
    "stage": pl.String, "covariate": pl.String, "title": pl.String, "unit": pl.String, "source": pl.String,
    "first": pl.Int64, "last": pl.Int64, "lag": pl.Int64, "used": pl.Boolean, "carried": pl.List(pl.Int64),
    "unknown_share": pl.Float64, "note": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """A stage's covariates.

    Attributes
    ----------
    readings : mapping of str to Reading
        Those the model can use, in the order of `COVARIATES`.
    needed : mapping of str to tuple of int
        Years of each that the model reads.
    coverage : polars.DataFrame
        One row a covariate, used or not, and why.
    """

    readings: Mapping[str, Reading]
    needed: Mapping[str, tuple[int, ...]]
    coverage: pl.DataFrame


def lags_of(settings: AlliancesSettings) -> dict[str, tuple[int, ...]]:
    """Return the lags at which each covariate is read by the model."""
    if not settings.formula:
        names = settings.covariates or _default_names(settings.interest)
        return {name: (settings.lag if COVARIATES[name].lagged else 0,) for name in COVARIATES if name in names}
    found: dict[str, set[int]] = {}
    for term in parse(settings.formula):
        name = attribute(term)
        if name is not None:
            found.setdefault(name, set()).update(term.lags or (0,))
    unknown = [name for name in found if name not in COVARIATES]
    if unknown:
        raise InputError(
            f"the formula's covariate '{unknown[0]}' is not known",
            where="formula",
            remedy=f"covariates: {', '.join(COVARIATES)}",
        )
    return {name: tuple(sorted(found[name])) for name in COVARIATES if name in found}


def _default_names(interest: Sequence[str]) -> tuple[str, ...]:
    """Return the covariates of the default specification and those of interest, less what the latter are made of."""
    held = {part for name in interest for part in HELD_IN.get(name, ()) if part not in interest}
    return tuple(name for name, one in COVARIATES.items() if (one.default or name in interest) and name not in held)


def gather(reader: Reader, settings: AlliancesSettings) -> Gathered:
    """Read a stage's covariates.

    Raises
    ------
    InputError
        A covariate that was asked for by name is not in the store, or does not reach the years that are read.
    """
    lags = lags_of(settings)
    deepest = max([1, *(lag for each in lags.values() for lag in each)])
    modelled = reader.years[deepest:]
    readings: dict[str, Reading] = {}
    needed: dict[str, tuple[int, ...]] = {}
    rows = []
    for name, at in lags.items():
        covariate = COVARIATES[name]
        asked = bool(settings.formula) or name in settings.covariates
        years = tuple(year for year in reader.years if any(year + lag in modelled for lag in at))
        if INSTEAD.get(name) in readings and not asked and name not in settings.interest:
            continue
        reading = covariate.read(reader)
        asked = asked and has_stage(name, reader.stage)
        why = _unusable(name, reading, years, reader)
        if why and asked:
            raise InputError(why[0], where=f"covariate {name}, stage {reader.stage}", remedy=why[1])
        used = not why
        if reading is not None and used:
            readings[name], needed[name] = reading, years
        rows.append((
            reader.stage, name, covariate.title, covariate.unit, reading.source if reading else None,
            reading.first if reading else None, reading.last if reading else None, at[0], used,
            list(reading.carried) if reading else [], _unknown(reading, years, reader) if reading else None,
            why[0] if why else _note(reading),
        ))  # fmt: skip
    return Gathered(readings, needed, pl.DataFrame(rows, schema=COVERAGE, orient="row"))


def _note(reading: Reading | None) -> str:
    if reading is None:
        return ""
    frozen = f"frozen at {reading.last}" if reading.carried else ""
    return "; ".join(part for part in (frozen, reading.note) if part)


def _unusable(name: str, reading: Reading | None, years: Sequence[int], reader: Reader) -> tuple[str, str] | None:
    """Return why a covariate cannot be used and what to do, or None."""
    covariate = COVARIATES[name]
    if reading is None:
        return f"the store holds no {named(name)}", f"ingest a source of table {covariate.table}"
    values = reading.values
    if reading.first is not None:
        unknown = [year for year in years if np.isnan(values[reader.years.index(year)]).all()]
        if unknown:
            ends = reading.last is not None and min(unknown) > reading.last
            covers = f"{reading.first}–{reading.last}"
            return (
                f"{covariate.title} covers {covers}, and the model reads it in {spelled(unknown)}",
                f"freeze it at {reading.last} (carry: [{name}]), or study years up to it"
                if ends
                else "study years that it covers, and countries it knows",
            )
    if not np.isfinite(values).any():
        return f"{covariate.title} is not known for any of these countries", "look at the source's countries"
    steps = [reader.years.index(year) for year in years]
    read = values if covariate.kind == PAIR and reading.static else values[steps]
    known = read[np.isfinite(read)]
    if known.size and np.ptp(known) == 0:
        return f"{covariate.title} is {known[0]:g} for all pairs in all years", "leave it out"
    return None


def _unknown(reading: Reading, years: Sequence[int], reader: Reader) -> float:
    """Return the share of the values read that are unknown, the diagonal apart."""
    values = reading.values
    if not reading.static or values.shape[0] != values.shape[1]:
        values = values[[reader.years.index(year) for year in years]]
    off = np.ones(values.shape, bool)
    if values.shape[-1] == values.shape[-2] == len(reader.names):
        off[..., np.arange(len(reader.names)), np.arange(len(reader.names))] = False
    return float(np.isnan(values[off]).mean())
