"""Two networks beside each other: two years, or a baseline and a scenario, and whether the change is more than noise.

A change means nothing without a yardstick, and there are two. *Draws*: both cubes, or one, carry a leading axis `draw`
(elasticities drawn, errors of reporting drawn); draw d of one belongs to draw d of the other, so the change is taken
within a draw and what both share cancels. *History*: how much the measure usually moves from one year to the next.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError, progress
from xenotime.networks.compared import SEED, SHAPE_TABLES, Held, Questions, ShapeTable, held
from xenotime.networks.cube import names_of, shaped, warn_of_unknown
from xenotime.networks.indicators import INDICATORS, panel
from xenotime.networks.rules import select_ties
from xenotime.networks.shape_measures import SHAPE

#: A function of a cube and its ties that returns a table by `stage` and `year`; any in `networks`, wrapped in a lambda.
Measure = Callable[[xr.Dataset, xr.DataArray], pl.DataFrame]
#: Which ties of a cube count; `dependence` with its parameters, wrapped in a lambda.
TiesOf = Callable[[xr.Dataset], xr.DataArray]

_KEYS = ["stage", "indicator", "country", "detail"]
_SCHEMA = {
    "stage": pl.String, "indicator": pl.String, "country": pl.String, "detail": pl.String, "year_before": pl.Int16,
    "year_after": pl.Int16, "before": pl.Float64, "after": pl.Float64, "change": pl.Float64, "change_low": pl.Float64,
    "change_high": pl.Float64, "same_sign": pl.Float64, "draws": pl.Int64, "usual_change": pl.Float64,
    "times_usual": pl.Float64, "more_than_noise": pl.Boolean,
}  # fmt: skip


def default_ties(trade: xr.Dataset) -> xr.DataArray:
    """Return the ties of the default rule, an import share of at least 5 %."""
    return select_ties(trade, "import_share")[0]


def compare(
    before: xr.Dataset,
    after: xr.Dataset,
    which: Sequence[str] | None = None,
    tables: Mapping[str, Measure] | None = None,
    ties: TiesOf = default_ties,
    history: xr.Dataset | None = None,
    level: float = 0.9,
    questions: Questions | None = None,
) -> pl.DataFrame:
    """Measure two networks and set the changes against noise.

    Parameters
    ----------
    before, after : xarray.Dataset
        Cubes as from `xenotime.networks.build`, of the same stages and countries; `value_kusd` may have a leading axis
        `draw` (`with_flows` makes such a cube of arrays). One year each, which may differ, or the same years. Where
        only one has draws, the other stands beside every draw.
    which : sequence of str, optional
        Names in `INDICATORS`, `SHAPE` or `SHAPE_TABLES`; without it, all of them that can be made of these cubes (a
        table down the chain needs two stages, an indicator of mass some mass); none for an empty list.
    tables : mapping of name to function, optional
        Measures of your own, e.g. ``{"china_us": lambda trade, ties: china_us(trade)}``: from a cube and its ties to a
        table with `stage` (or `stage_to`) and `year`. Text columns say what a row is of; each column of numbers is a
        measure, named name.column. A row without a number on either side is left out.
    ties : callable
        From a cube to its ties; applied to each network and draw. Hold ties fixed with ``lambda trade: some_ties``.
    history : xarray.Dataset, optional
        A cube of at least three years, each next to the one before: its usual change from year to year, the root mean
        square over them, times √(years between before and after), is the yardstick.
    level : float
        Of the interval over draws.
    questions : Questions, optional
        Whose trade is followed, which blocs, thresholds, how many partitions; the defaults of `Questions` without it.

    Returns
    -------
    polars.DataFrame
        One row a stage, pair of years, measure, `country` (null: the world) and `detail` (e.g. the route; null):
        `before`, `after` and `change` = after − before (means over draws in which both are defined), `change_low` and
        `change_high` (quantiles over draws), `same_sign` (share of draws whose change has the sign of the mean),
        `draws` (of `communities`, times the seeds of the partition), `usual_change`, `times_usual`, and
        `more_than_noise`: the interval leaves out zero, or without draws the change is more than twice the usual one;
        null without either yardstick.

    Raises
    ------
    InputError
        Cubes that do not belong together, an unknown measure, a table without stage and year, or with a row twice.
    """
    before, after = shaped(before), shaped(after)
    _fits(before, after, level)
    draws = _draws(before, after)
    asked = _asked(which, tables, before, after, questions or Questions())
    warn_of_unknown(before)
    warn_of_unknown(after)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # said once, not by every measure of every draw
        found, usual = _all_draws(before, after, asked, ties, history, draws, level)
    return _judged(found, usual, draws)


def _all_draws(
    before: xr.Dataset,
    after: xr.Dataset,
    asked: "_Asked",
    ties: TiesOf,
    history: xr.Dataset | None,
    draws: int,
    level: float,
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Measure both sides in every draw; return what changed, and the usual change where there is a history."""
    held_at = _baseline(before, asked)
    # A side without draws is measured once and stands beside every draw of the other.
    once = [
        None if "draw" in before.dims or "draw" in cube.dims else _measured(cube, asked, held_at, ties)
        for cube in (before, after)
    ]
    frames = []
    for d in progress(range(max(draws, 1)), "before and after", total=max(draws, 1)):
        if "draw" in before.dims:
            held_at = _baseline(before.isel(draw=d), asked)
        one, other = (
            _measured(cube.isel(draw=d) if "draw" in cube.dims else cube, asked, held_at, ties)
            if table is None
            else table
            for cube, table in zip((before, after), once, strict=True)
        )
        frames.append(_paired(one, other, before, after))
    found = _summed(pl.concat(frames), draws, level)
    return found, _usual(shaped(history), asked, held_at, ties) if history is not None else None


@dataclass(frozen=True)
class _Asked:
    """What is measured of each network: names of indicators, tables of the registry and the caller's own, questions."""

    indicators: tuple[str, ...]
    tables: tuple[ShapeTable, ...]
    own: Mapping[str, Measure]
    questions: Questions


def _asked(
    which: Sequence[str] | None,
    own: Mapping[str, Measure] | None,
    before: xr.Dataset,
    after: xr.Dataset,
    questions: Questions,
) -> _Asked:
    """Sort names into indicators and tables; without names, everything that can be made of the cube."""
    numbers = INDICATORS | SHAPE
    # Cubes with other flows have no mass (`with_flows`), of which nothing can then be said.
    weighed = bool(before["quantity_t"].notnull().any()) and bool(after["quantity_t"].notnull().any())
    default = [name for name, one in numbers.items() if weighed or "quantity_t" not in one.needs]
    lacks = {name: why for name, one in SHAPE_TABLES.items() if (why := one.lacks(before, questions))}
    names = (
        [*default, *(name for name in SHAPE_TABLES if name not in lacks)]
        if which is None
        else names_of(which, "which", "networks.compare")
    )
    unknown = [name for name in names if name not in numbers and name not in SHAPE_TABLES]
    if unknown:
        raise InputError(
            f"no indicator {', '.join(map(str, unknown))}",
            where="networks.compare, which",
            remedy=f"choose among {', '.join(numbers)}; tables: {', '.join(SHAPE_TABLES)}",
        )
    for name in names:
        if name in lacks:
            raise InputError(f"{name}: {lacks[name]}", where="networks.compare, which", remedy="leave it out")
    twice = sorted(set(own or {}) & set(names))
    if twice:
        raise InputError(
            f"a table of yours is called {', '.join(twice)}, as one of ours",
            where="networks.compare, tables",
            remedy="give it another name",
        )
    return _Asked(
        tuple(name for name in names if name in numbers),
        tuple(SHAPE_TABLES[name] for name in names if name in SHAPE_TABLES),
        dict(own or {}),
        questions,
    )


def _baseline(before: xr.Dataset, asked: _Asked) -> Held:
    """Return the questions with the communities of a baseline, where they are asked for."""
    wanted = any(table.name == "communities" for table in asked.tables)
    return held(asked.questions, before if wanted and "draw" not in before.dims else None)


def _fits(before: xr.Dataset, after: xr.Dataset, level: float) -> None:
    for axis in ("stage", "exporter", "importer"):
        ours, theirs = before[axis].values.tolist(), after[axis].values.tolist()
        if ours != theirs:
            odd = sorted({str(label) for label in set(ours) ^ set(theirs)})
            raise InputError(
                f"before and after differ on axis {axis}: {', '.join(odd[:12]) or 'the same labels in another order'}",
                where="networks.compare",
                remedy="build both over the same stages and countries: build(..., countries=...)",
            )
    years, later = before["year"].values.tolist(), after["year"].values.tolist()
    if years != later and not len(years) == len(later) == 1:
        raise InputError(
            f"before has {len(years)} years and after {len(later)}, not the same ones",
            where="networks.compare",
            remedy="give one year each, trade.sel(year=[2010]), or the same years",
        )
    if not 0 < level < 1:
        raise InputError(f"level = {level!r} must be between 0 and 1", where="networks.compare", remedy="0.9 is 90 %")


def _draws(before: xr.Dataset, after: xr.Dataset) -> int:
    """Return the number of draws, 0 without."""
    sizes = [cube.sizes["draw"] for cube in (before, after) if "draw" in cube.dims]
    if sizes and (len(set(sizes)) > 1 or min(sizes) < 2):
        raise InputError(
            f"draws: {' and '.join(map(str, sizes))}",
            where="networks.compare",
            remedy="draws are paired: give both cubes as many, and at least two",
        )
    return sizes[0] if sizes else 0


def _measured(trade: xr.Dataset, asked: _Asked, held_at: Held, ties: TiesOf) -> pl.DataFrame:
    """Return `stage, year, indicator, country, detail, partition_seed, value` of every measure."""
    chosen = ties(trade)
    keyed = panel.compute(trade, chosen, asked.indicators, INDICATORS | SHAPE).with_columns(
        pl.lit(None, dtype=pl.String).alias("detail"), pl.lit(None, dtype=pl.Int64).alias(SEED)
    )
    columns = ["stage", "year", "indicator", "country", "detail", SEED, "value"]
    tables = {table.name: table.function(trade, chosen, held_at) for table in asked.tables}
    tables |= {name: function(trade, chosen) for name, function in asked.own.items()}
    return pl.concat([keyed.select(columns), *(_melted(name, table).select(columns) for name, table in tables.items())])


def _melted(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table as one row a number; text columns other than stage and country are put together as `detail`."""
    if "stage" not in table.columns and "stage_to" in table.columns:
        table = table.rename({"stage_to": "stage"})
    if not {"stage", "year"} <= set(table.columns):
        raise InputError(
            f"table {name} has the columns {', '.join(table.columns)}",
            where="networks.compare, tables",
            remedy="return a table with stage and year",
        )
    if "country" not in table.columns:
        table = table.with_columns(pl.lit(None, dtype=pl.String).alias("country"))
    if SEED not in table.columns:
        table = table.with_columns(pl.lit(None, dtype=pl.Int64).alias(SEED))
    text = [column for column, kind in table.schema.items() if kind == pl.String]
    rest = [column for column in text if column not in ("stage", "country")]
    numbers = [
        column
        for column, kind in table.schema.items()
        if column not in ("year", SEED) and (kind.is_numeric() or kind == pl.Boolean)
    ]
    detail = (
        pl.concat_str(pl.col(rest).fill_null("unknown"), separator=" → ") if rest else pl.lit(None, dtype=pl.String)
    )
    place = ["stage", "year", "country", "detail", SEED]
    keyed = table.select(
        "stage", pl.col("year").cast(pl.Int16), "country", detail.alias("detail"), pl.col(SEED).cast(pl.Int64),
        pl.col(numbers).cast(pl.Float64),
    )  # fmt: skip
    if keyed.select(place).is_duplicated().any():
        raise InputError(
            f"table {name} has two rows of one stage, year, country and detail",
            where="networks.compare, tables",
            remedy="put what tells them apart into a text column, or select",
        )
    long = keyed.unpivot(numbers, index=place, variable_name="indicator", value_name="value").drop_nulls("value")
    return long.with_columns(pl.lit(f"{name}.").add(pl.col("indicator")).alias("indicator"))


def _paired(one: pl.DataFrame, other: pl.DataFrame, before: xr.Dataset, after: xr.Dataset) -> pl.DataFrame:
    """Join before and after on what they measure; a row that one side lacks is undefined there."""
    years = pl.DataFrame(
        {"year_before": before["year"].values.tolist(), "year_after": after["year"].values.tolist()},
        schema={"year_before": pl.Int16, "year_after": pl.Int16},
    )
    left = one.rename({"year": "year_before", "value": "before"}).join(years, on="year_before", maintain_order="left")
    right = other.rename({"year": "year_after", "value": "after"}).join(years, on="year_after", maintain_order="left")
    on = [*_KEYS, SEED, "year_before", "year_after"]
    return left.join(right, on=on, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right").select(
        *on, "before", "after"
    )


def _summed(pairs: pl.DataFrame, draws: int, level: float) -> pl.DataFrame:
    """Return means and quantiles over draws, of draws in which both are defined."""
    change = pl.col("after") - pl.col("before")
    defined = change.is_not_null()
    # Where never both are, each side's own mean still says what there is.
    never = defined.any().not_()
    mean = {
        side: pl.when(never).then(pl.col(side).mean()).otherwise(pl.col(side).filter(defined).mean())
        for side in ("before", "after")
    }
    tail = (1 - level) / 2
    spread = (
        {
            "change_low": change.quantile(tail, "linear"),
            "change_high": change.quantile(1 - tail, "linear"),
            "same_sign": (change.sign() == change.mean().sign()).mean(),
        }
        if draws
        else dict.fromkeys(("change_low", "change_high", "same_sign"), pl.lit(None, dtype=pl.Float64))
    )
    return pairs.group_by(*_KEYS, "year_before", "year_after", maintain_order=True).agg(
        **mean,
        change=change.mean(),
        **spread,
        draws=defined.sum().cast(pl.Int64) if draws else pl.lit(0, dtype=pl.Int64),
    )


def _usual(history: xr.Dataset, asked: _Asked, held_at: Held, ties: TiesOf) -> pl.DataFrame:
    """Return `usual_change`, the root mean square change between years that follow each other."""
    years = history["year"].values.tolist()
    if len(years) < 3 or (np.diff(years) != 1).any() or "draw" in history.dims:
        raise InputError(
            f"history holds {len(years)} years, not three or more in a row without draws",
            where="networks.compare, history",
            remedy="give the cube of the years up to the change",
        )
    found = _measured(history, asked, held_at, ties)
    earlier = found.with_columns((pl.col("year") + 1).cast(pl.Int16))
    step = found.join(earlier, on=[*_KEYS, SEED, "year"], nulls_equal=True, suffix="_earlier").with_columns(
        (pl.col("value") - pl.col("value_earlier")).alias("step")
    )
    return step.group_by(_KEYS, maintain_order=True).agg((pl.col("step") ** 2).mean().sqrt().alias("usual_change"))


def _judged(found: pl.DataFrame, usual: pl.DataFrame | None, draws: int) -> pl.DataFrame:
    if usual is None:
        found = found.with_columns(pl.lit(None, dtype=pl.Float64).alias("usual_change"))
    else:
        found = found.join(usual, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    apart = (pl.col("year_after") - pl.col("year_before")).abs().cast(pl.Float64).clip(lower_bound=1).sqrt()
    found = found.with_columns(usual_change=pl.col("usual_change") * apart).with_columns(
        times_usual=pl.when(pl.col("usual_change") > 0).then(pl.col("change") / pl.col("usual_change"))
    )
    beyond: Any = (pl.col("change_low") > 0) | (pl.col("change_high") < 0) if draws else pl.col("times_usual").abs() > 2
    return found.with_columns(more_than_noise=beyond).select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())
