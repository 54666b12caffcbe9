"""What a cube holds, by stage and year: how much is known, how much trade there is."""

import polars as pl
import xarray as xr

from xenotime.networks.cube import sound
from xenotime.schema import CUBE_AXES, Status


def summary(trade: xr.Dataset) -> pl.DataFrame:
    """Count the cells of a trade cube by stage and year.

    Returns
    -------
    polars.DataFrame
        `stage, year, countries` (that trade), `flows` (positive), `value_kusd`, `without_mass` (positive flows of
        unknown mass), `cut` and `missing` (ordered pairs of that status).
    """
    trade = sound(trade)
    value = trade["value_kusd"].transpose(*CUBE_AXES)
    mass = trade["quantity_t"].transpose(*CUBE_AXES)
    status = trade["status"].transpose(*CUBE_AXES).to_numpy()
    flows = (value > 0).to_numpy()
    cells = (2, 3)
    counts = {
        "countries": (flows.any(axis=2) | flows.any(axis=3)).sum(axis=-1),
        "flows": flows.sum(axis=cells),
        "value_kusd": value.fillna(0.0).to_numpy().sum(axis=cells),
        "without_mass": (flows & mass.isnull().to_numpy()).sum(axis=cells),
        "cut": (status == Status.CUT).sum(axis=cells),
        "missing": (status == Status.MISSING).sum(axis=cells),
    }
    stages, years = trade["stage"].values.tolist(), trade["year"].values.tolist()
    labels = {
        "stage": [stage for stage in stages for _ in years],
        "year": pl.Series(years * len(stages), dtype=pl.Int16),
    }
    return pl.DataFrame({**labels, **{name: count.reshape(-1) for name, count in counts.items()}})
