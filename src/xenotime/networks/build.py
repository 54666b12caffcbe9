"""Tables to labelled cubes: the only place where a table of flows becomes a cube (DESIGN section 2).

Every cell gets a status (convention 7): a flow or a true zero, below the cut of an extract, unknown, or own trade.
Joins are exact (convention 6). Nothing is estimated here: a mass that is known for some codes of a flow only is
unknown, not understated.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.networks.staging import ChainLike, assign_stages, checked, resolve
from xenotime.reference import country_names
from xenotime.schema import ABSENCE, CUBE_AXES, STATUS, Status


def build(
    flows: pl.DataFrame,
    chain: str | ChainLike,
    stages: str | None = None,
    years: Iterable[int] | None = None,
    countries: Sequence[str] | None = None,
    rest: Literal["error", "drop"] = "error",
) -> xr.Dataset:
    """Build the cube of trade by stage, year, exporter and importer.

    Parameters
    ----------
    flows : polars.DataFrame
        Table ``flows`` of `xenotime.schema`, of one HS vintage. Codes that the staging does not name are left out.
    chain : str or Chain
        The mineral's chain, by name (`xenotime.reference.chains()`) or itself.
    stages : str, optional
        Name of the staging; the chain's default without it.
    years : iterable of int, optional
        Exactly these years; all that the flows hold without it.
    countries : sequence of str, optional
        Exactly these countries (ISO 3166 alpha-3), in this order; all that trade in the chain without it, sorted. A
        country given here that trades nothing is a node without flows.
    rest : {"error", "drop"}
        What to do with flows of countries outside `countries`: refuse, or leave them out and say how much.

    Returns
    -------
    xarray.Dataset
        `value_kusd` (thousand current USD) and `quantity_t` (tonnes), float64, and `status`
        (`xenotime.schema.Status`), int8, over `xenotime.schema.CUBE_AXES`. Attributes: `chain`, `staging`,
        `hs_version`, `sources`, `own_trade`, `warnings`, `reconstructed`.

    Raises
    ------
    InputError
        A year without flows, mixed vintages or declarations of absence, a flow given twice, countries not asked for.
    SchemaError
        A column missing, a value not finite or negative.

    Warns
    -----
    DataWarning
        Once, with all that a reader should know; the same sentences stand in `attrs["warnings"]`.
    """
    chain = resolve(chain)
    staging = chain.staging(stages).name
    staged = assign_stages(checked(flows), chain, staging)
    notes: list[str] = _chain_warnings(chain, staging, staged)

    year_axis = _years(staged, years)
    staged = staged.filter(pl.col("year").is_in(year_axis))
    stage_axis = _stages(staged, chain, staging, notes)
    _note_codes(staged, chain, staging, stage_axis, year_axis, notes)
    hs_version = str(staged["hs_version"][0])
    staged = _without_own_trade(staged, notes)
    country_axis = _countries(staged, countries)
    staged = _without_rest(staged, country_axis, rest, notes)

    declared = _absence(staged, flows, stage_axis, year_axis, notes)
    value, quantity, status = _fill(staged, stage_axis, year_axis, country_axis)
    _mark_absent(value, quantity, status, declared, _reporters(flows, year_axis, country_axis))

    trade = xr.Dataset(
        {
            "value_kusd": (CUBE_AXES, value, {"units": "thousand current USD", "long_name": "value of trade"}),
            "quantity_t": (CUBE_AXES, quantity, {"units": "metric tonnes", "long_name": "mass of trade"}),
            "status": (
                CUBE_AXES,
                status,
                {"flag_values": [int(s) for s in Status], "flag_meanings": [STATUS[s] for s in Status]},
            ),
        },
        coords={"stage": stage_axis, "year": year_axis, "exporter": country_axis, "importer": country_axis},
        attrs={
            "chain": chain.name,
            "staging": staging,
            "hs_version": hs_version,
            "sources": _sources(staged),
            "own_trade": "absent",
            "direction": "goods: exporter -> importer",
            "reconstructed": bool((staged["quality"] == "reconstructed").any()),
            "warnings": notes,
        },
    )
    if notes:
        warnings.warn("\n".join(notes), DataWarning, stacklevel=2)
    return trade


def _chain_warnings(chain: ChainLike, staging: str, staged: pl.DataFrame) -> list[str]:
    """Return the staging's own warnings about codes that these flows hold."""
    held = set(staged["hs6"].unique())
    return [warning.text for warning in chain.staging(staging).warnings if held & set(warning.codes)]


def _years(staged: pl.DataFrame, years: Iterable[int] | None) -> list[int]:
    held = sorted(staged["year"].unique().to_list())
    if not held:
        raise InputError(
            "no flow belongs to a stage of this chain",
            where="networks.build",
            remedy="check that the flows hold the chain's codes (Chain.codes()) as six-digit strings",
        )
    if years is None:
        return held
    asked = sorted({int(year) for year in years})
    absent = [str(year) for year in asked if year not in held]
    if absent or not asked:
        raise InputError(
            f"no flows at all in {', '.join(absent) or 'an empty list of years'}; the flows hold {held[0]}–{held[-1]}",
            where="networks.build, years",
            remedy="ingest these years, or ask for years that are there",
        )
    return asked


def _stages(staged: pl.DataFrame, chain: ChainLike, staging: str, notes: list[str]) -> list[str]:
    """Return the stages that the flows hold, in the chain's order; name those that are left out."""
    selects = chain.selects(staging)
    held = set(staged["stage"].unique())
    for name in chain.stage_names(staging):
        if name not in held:
            codes = ", ".join(sorted(set(selects.filter(pl.col("stage") == name)["hs6"])))
            notes.append(f"Stage {name} is left out: the flows hold nothing of it (codes {codes}).")
    return [name for name in chain.stage_names(staging) if name in held]


def _note_codes(
    staged: pl.DataFrame, chain: ChainLike, staging: str, stages: list[str], years: list[int], notes: list[str]
) -> None:
    """Name codes of a stage without any flow in some year: a code that was not ingested lowers the stage in silence."""
    held = set(staged.select("hs6", "year").unique().rows())
    selects = chain.selects(staging)
    for stage in stages:
        absent: dict[str, list[int]] = {}
        for row in selects.filter(pl.col("stage") == stage).iter_rows(named=True):
            first, last = row["year_from"] or years[0], row["year_to"] or years[-1]
            lacking = {year for year in years if first <= year <= last and (row["hs6"], year) not in held}
            if lacking:
                absent[row["hs6"]] = sorted(lacking | set(absent.get(row["hs6"], [])))
        for code, without in sorted(absent.items()):
            notes.append(f"Stage {stage} has no flow of {code} in {_spans(without)}: check that it was ingested.")


def _spans(years: list[int]) -> str:
    """Write years as spans: 2002–2004, 2007."""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(f"{first}–{last}" if last > first else f"{first}" for first, last in spans)


def _without_own_trade(staged: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    own = staged.filter(pl.col("exporter") == pl.col("importer"))
    if own.is_empty():
        return staged
    notes.append(
        f"{own.height} flows of a country to itself (re-imports, {_share(own, staged):.2%} of value) are left out: "
        "own trade is absent."
    )
    traded = staged.filter(pl.col("exporter") != pl.col("importer"))
    if traded.is_empty():
        raise InputError(
            f"all {own.height} flows are of a country to itself: nothing is left to build from",
            where="networks.build",
            remedy="check which column is the exporter and which the importer",
        )
    return traded


def _countries(staged: pl.DataFrame, countries: Sequence[str] | None) -> list[str]:
    if countries is None:
        return sorted(set(staged["exporter"].unique()) | set(staged["importer"].unique()))
    axis = list(countries)
    known = country_names()
    odd = [str(label) for label in axis if label not in known]
    twice = sorted({label for label in axis if axis.count(label) > 1}) if len(set(axis)) < len(axis) else []
    if odd or twice or not axis:
        raise InputError(
            f"not a list of distinct ISO 3166 alpha-3 codes: {', '.join(odd + twice) or 'it is empty'}",
            where="networks.build, countries",
            remedy="give each country once, as in xenotime.reference.countries()['iso3']",
        )
    return axis


def _without_rest(
    staged: pl.DataFrame, axis: list[str], rest: Literal["error", "drop"], notes: list[str]
) -> pl.DataFrame:
    inside = pl.col("exporter").is_in(axis) & pl.col("importer").is_in(axis)
    out = staged.filter(~inside)
    if out.is_empty():
        return staged
    labels = sorted((set(out["exporter"]) | set(out["importer"])) - set(axis))
    said = (
        f"{out.height} flows ({_share(out, staged):.2%} of value) of {len(labels)} countries not asked for: "
        f"{_some(labels)}"
    )
    if rest == "error":
        raise InputError(
            said, where="networks.build, countries", remedy="add them to countries, or leave them out with rest='drop'"
        )
    notes.append(f"Left out: {said}.")
    return staged.filter(inside)


def _share(part: pl.DataFrame, whole: pl.DataFrame) -> float:
    above, below = (float(frame["value_kusd"].to_numpy().sum()) for frame in (part, whole))
    return above / below if below > 0 else 0.0


def _some(labels: list[str], most: int = 12) -> str:
    return ", ".join(labels[:most]) + (f" and {len(labels) - most} more" if len(labels) > most else "")


def _absence(
    staged: pl.DataFrame, flows: pl.DataFrame, stages: list[str], years: list[int], notes: list[str]
) -> list[list[str]]:
    """Return what an absent pair means, for each stage and year, as the source declares it (convention 7)."""
    declared = dict(
        zip(*staged.group_by("stage", "year").agg(pl.col("absence").unique().sort()).pipe(_keyed), strict=True)
    )
    by_year = dict(zip(*flows.group_by("year").agg(pl.col("absence").unique().sort()).pipe(_keyed), strict=True))
    result = []
    for stage in stages:
        row = []
        empty: list[int] = []
        for year in years:
            found = declared.get((stage, year))
            if found is None:
                found = by_year[(year,)] if len(by_year[(year,)]) == 1 else ["missing"]
                empty.append(year)
            if len(found) > 1:
                raise InputError(
                    f"flows of stage {stage} in {year} declare absence both as {' and '.join(found)}",
                    where="networks.build",
                    remedy="build from one source a stage and year: a complete table and an extract do not mix",
                )
            row.append(found[0])
        if empty:
            meant = sorted({row[years.index(year)] for year in empty})
            notes.append(
                f"Stage {stage} has no flow at all in {_spans(empty)}; as the source declares, absence there means: "
                f"{'; '.join(ABSENCE[one] for one in meant)}."
            )
        result.append(row)
    return result


def _keyed(frame: pl.DataFrame) -> tuple[list[tuple[Any, ...]], list[list[str]]]:
    return frame.drop("absence").rows(), frame["absence"].to_list()


def _codes(column: str, axis: Sequence[Any]) -> pl.Expr:
    """Position of each label on its axis; labels are known to be on it."""
    return pl.col(column).replace_strict(list(axis), list(range(len(axis))), return_dtype=pl.Int64)


def _fill(
    staged: pl.DataFrame, stages: list[str], years: list[int], countries: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the codes of a stage into cells; mass is NaN where a positive value of any code has none."""
    shape = (len(stages), len(years), len(countries), len(countries))
    value, quantity = np.zeros(shape), np.zeros(shape)
    status = np.full(shape, -1, dtype=np.int8)
    mass_unknown = (pl.col("quantity_t").is_null() & (pl.col("value_kusd") > 0)).any()
    cells = (
        staged.group_by("stage", "year", "exporter", "importer")
        .agg(
            pl.col("value_kusd").sum(),
            pl.when(mass_unknown).then(float("nan")).otherwise(pl.col("quantity_t").sum()).alias("quantity_t"),
        )
        .select(
            _codes("stage", stages),
            _codes("year", years),
            _codes("exporter", countries),
            _codes("importer", countries),
            "value_kusd",
            "quantity_t",
        )
    )
    at = np.ravel_multi_index(tuple(cells[axis].to_numpy() for axis in CUBE_AXES), shape)
    value.reshape(-1)[at] = cells["value_kusd"].to_numpy()
    quantity.reshape(-1)[at] = cells["quantity_t"].to_numpy()
    status.reshape(-1)[at] = Status.KNOWN
    return value, quantity, status


def _reporters(flows: pl.DataFrame, years: list[int], countries: list[str]) -> np.ndarray:
    """Return which countries report in which year, shape (years, countries): seen from the quality of any flow."""
    sides = pl.concat(
        [
            flows.filter(pl.col("quality").is_in(["both", side])).select("year", pl.col(f"{side}").alias("country"))
            for side in ("importer", "exporter")
        ]
    )
    seen = set(sides.unique().rows())
    return np.array([[(year, country) in seen for country in countries] for year in years], dtype=bool)


def _mark_absent(
    value: np.ndarray, quantity: np.ndarray, status: np.ndarray, declared: list[list[str]], reporters: np.ndarray
) -> None:
    """Give every cell without a row its status, and NaN where it is unknown; in place, on arrays made here."""
    diagonal = np.eye(value.shape[-1], dtype=bool)
    for s, row in enumerate(declared):
        for y, absence in enumerate(row):
            absent = status[s, y] < 0
            if absence == "zero":
                status[s, y][absent] = Status.KNOWN
            elif absence == "cut":
                status[s, y][absent] = Status.CUT
            elif absence == "missing":
                status[s, y][absent] = Status.MISSING
            else:
                either = reporters[y][:, None] | reporters[y][None, :]
                status[s, y][absent] = np.where(either, Status.KNOWN, Status.MISSING)[absent]
            status[s, y][diagonal] = Status.OWN
    unknown = (status == Status.MISSING) | (status == Status.OWN)
    value[unknown] = np.nan
    quantity[unknown] = np.nan


def _sources(staged: pl.DataFrame) -> list[str]:
    found = staged.select("source", "source_version").unique().sort("source", "source_version")
    return [f"{source} {version}".strip() for source, version in found.rows()]
