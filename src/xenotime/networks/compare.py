"""Two networks beside each other: two years, or a baseline and a scenario, and whether the change is more than noise.

A change means nothing without a yardstick, and there are two. *Draws*: both cubes, or one, carry a leading axis `draw`
(elasticities drawn, errors of reporting drawn); draw d of one belongs to draw d of the other, so the change is taken
within a draw and what both share cancels. *History*: how much the measure usually moves from one year to the next.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError, generator
from xenotime.networks.indicators import INDICATORS, panel
from xenotime.networks.layers import Floats
from xenotime.networks.rules import select_ties
from xenotime.networks.shape_measures import SHAPE
from xenotime.schema import CUBE_AXES, Status

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
) -> pl.DataFrame:
    """Measure two networks and set the changes against noise.

    Parameters
    ----------
    before, after : xarray.Dataset
        Cubes as from `xenotime.networks.build`, of the same stages and countries; `value_kusd` may have a leading axis
        `draw` (`with_flows` makes such a cube of arrays). One year each, which may differ, or the same years. Where
        only one has draws, the other stands beside every draw.
    which : sequence of str, optional
        Names in `INDICATORS` or `SHAPE`; all of both without it, none for an empty list.
    tables : mapping of name to function, optional
        More measures, e.g. ``{"china_us": lambda trade, ties: china_us(trade)}``: from a cube and its ties to a table
        with `stage` (or `stage_to`) and `year`. Text columns say what a row is of; each column of numbers is a measure,
        named name.column.
    ties : callable
        From a cube to its ties; applied to each network and draw. Hold ties fixed with ``lambda trade: some_ties``.
    history : xarray.Dataset, optional
        A cube of at least three years, each next to the one before: its usual change from year to year, the root mean
        square over them, times √(years between before and after), is the yardstick.
    level : float
        Of the interval over draws.

    Returns
    -------
    polars.DataFrame
        One row a stage, pair of years, measure, `country` (null: the world) and `detail` (e.g. the route; null):
        `before`, `after` and `change` = after − before (means over draws in which both are defined), `change_low` and
        `change_high` (quantiles over draws), `same_sign` (share of draws whose change has the sign of the mean),
        `draws`, `usual_change`, `times_usual`, and `more_than_noise`: the interval leaves out zero, or without draws
        the change is more than twice the usual one; null without either yardstick.

    Raises
    ------
    InputError
        Cubes that do not belong together, an unknown measure, a table without stage and year, or with a row twice.
    """
    _fits(before, after, level)
    draws = _draws(before, after)
    frames = []
    for d in range(max(draws, 1)):
        one, other = (
            _measured(cube.isel(draw=d) if "draw" in cube.dims else cube, which, tables, ties)
            for cube in (before, after)
        )
        frames.append(_paired(one, other, before, after).with_columns(pl.lit(d).alias("draw")))
    found = _summed(pl.concat(frames), draws, level)
    usual = _usual(history, which, tables, ties) if history is not None else None
    return _judged(found, usual, draws)


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


def _measured(
    trade: xr.Dataset, which: Sequence[str] | None, tables: Mapping[str, Measure] | None, ties: TiesOf
) -> pl.DataFrame:
    """Return `stage, year, indicator, country, detail, value` of every measure."""
    chosen = ties(trade)
    keyed = panel.compute(trade, chosen, which, INDICATORS | SHAPE).with_columns(
        pl.lit(None, dtype=pl.String).alias("detail")
    )
    columns = ["stage", "year", "indicator", "country", "detail", "value"]
    return pl.concat(
        [
            keyed.select(columns),
            *(_melted(name, table(trade, chosen)).select(columns) for name, table in (tables or {}).items()),
        ]
    )


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
    text = [column for column, kind in table.schema.items() if kind == pl.String]
    rest = [column for column in text if column not in ("stage", "country")]
    numbers = [
        column
        for column, kind in table.schema.items()
        if column != "year" and (kind.is_numeric() or kind == pl.Boolean)
    ]
    detail = (
        pl.concat_str(pl.col(rest).fill_null("unknown"), separator=" → ") if rest else pl.lit(None, dtype=pl.String)
    )
    keyed = table.select(
        "stage", pl.col("year").cast(pl.Int16), "country", detail.alias("detail"), pl.col(numbers).cast(pl.Float64)
    )
    if keyed.select("stage", "year", "country", "detail").is_duplicated().any():
        raise InputError(
            f"table {name} has two rows of one stage, year, country and detail",
            where="networks.compare, tables",
            remedy="put what tells them apart into a text column, or select",
        )
    return keyed.unpivot(
        numbers, index=["stage", "year", "country", "detail"], variable_name="indicator", value_name="value"
    ).with_columns(pl.lit(f"{name}.").add(pl.col("indicator")).alias("indicator"))


def _paired(one: pl.DataFrame, other: pl.DataFrame, before: xr.Dataset, after: xr.Dataset) -> pl.DataFrame:
    """Join before and after on what they measure; a row that one side lacks is undefined there."""
    years = pl.DataFrame(
        {"year_before": before["year"].values.tolist(), "year_after": after["year"].values.tolist()},
        schema={"year_before": pl.Int16, "year_after": pl.Int16},
    )
    left = one.rename({"year": "year_before", "value": "before"}).join(years, on="year_before", maintain_order="left")
    right = other.rename({"year": "year_after", "value": "after"}).join(years, on="year_after", maintain_order="left")
    on = [*_KEYS, "year_before", "year_after"]
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


def _usual(
    history: xr.Dataset, which: Sequence[str] | None, tables: Mapping[str, Measure] | None, ties: TiesOf
) -> pl.DataFrame:
    """Return `usual_change`, the root mean square change between years that follow each other."""
    years = history["year"].values.tolist()
    if len(years) < 3 or (np.diff(years) != 1).any() or "draw" in history.dims:
        raise InputError(
            f"history holds {len(years)} years, not three or more in a row without draws",
            where="networks.compare, history",
            remedy="give the cube of the years up to the change",
        )
    found = _measured(history, which, tables, ties)
    earlier = found.with_columns((pl.col("year") + 1).cast(pl.Int16))
    step = found.join(earlier, on=[*_KEYS, "year"], nulls_equal=True, suffix="_earlier").with_columns(
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


def with_flows(trade: xr.Dataset, value_kusd: Floats) -> xr.Dataset:
    """Return a cube like `trade` with other values: a scenario's flows, or draws of them.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`; stages, years, countries and attributes are kept.
    value_kusd : ndarray
        Thousand USD over `CUBE_AXES`, or with a leading axis of draws. NaN is unknown; the diagonal is left out.

    Returns
    -------
    xarray.Dataset
        Its `quantity_t` is NaN, since a change in value says nothing of mass.

    Raises
    ------
    InputError
        A shape that does not fit, a negative or infinite value.
    """
    value = np.array(value_kusd, dtype=float)
    shape = tuple(trade.sizes[axis] for axis in CUBE_AXES)
    if value.shape[-4:] != shape or value.ndim > 5:
        raise InputError(
            f"values have shape {value.shape}, the cube {shape}",
            where="networks.with_flows",
            remedy="give them over stage, year, exporter, importer, draws before these",
        )
    if (value < 0).any() or np.isinf(value).any():
        raise InputError(
            "values are negative or infinite", where="networks.with_flows", remedy="give thousand USD; NaN is unknown"
        )
    diagonal = np.arange(shape[-1])
    value[..., diagonal, diagonal] = np.nan
    axes = ("draw", *CUBE_AXES) if value.ndim == 5 else CUBE_AXES
    unknown = np.isnan(value).any(axis=0) if value.ndim == 5 else np.isnan(value)
    traded = (value > 0).any(axis=0) if value.ndim == 5 else value > 0
    status = trade["status"].transpose(*CUBE_AXES).to_numpy()
    status = np.where(unknown, Status.MISSING, np.where((status == Status.CUT) & ~traded, Status.CUT, Status.KNOWN))
    status[..., diagonal, diagonal] = Status.OWN
    return trade.drop_vars(list(trade.data_vars)).assign(
        status=(CUBE_AXES, status.astype(np.int8), trade["status"].attrs),
        value_kusd=(axes, value, trade["value_kusd"].attrs),
        quantity_t=(CUBE_AXES, np.full(shape, np.nan), trade["quantity_t"].attrs),
    )


def reporting_noise(trade: xr.Dataset, draws: int, log_sd: float, seed: int = 1) -> xr.Dataset:
    """Draw cubes in which every flow is off by as much as customs reports are.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    draws : int
    log_sd : float
        Standard deviation of the log of a flow's error, errors independent over flows. The two sides of one flow report
        values further apart than a reconciled value is from the truth; decision 4 has figures: a reconciled flow is off
        BACI's by a median |log| of about 0.09 to 0.1, which is a standard deviation of about 0.15.
    seed : int
        Give `before` and `after` of a comparison different seeds: errors of two years are then independent, and a
        change that lasts through them is more than noise. Real errors of one pair persist, so this is careful.

    Returns
    -------
    xarray.Dataset
        With a leading axis `draw`; expected values are those of `trade`.

    Raises
    ------
    InputError
        Fewer than two draws, a negative deviation.
    """
    if draws < 2 or log_sd < 0:
        raise InputError(
            f"draws = {draws} must be at least 2, log_sd = {log_sd} not negative",
            where="networks.reporting_noise",
            remedy="a standard deviation of 0.15 is what decision 4 suggests",
        )
    value = trade["value_kusd"].transpose(*CUBE_AXES).to_numpy()
    random = generator(seed, "reporting")
    error = random.normal(-(log_sd**2) / 2, log_sd, (draws, *value.shape))
    return with_flows(trade, value[None] * np.exp(error))
