"""Cubes made from arrays."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from xenotime.schema import CUBE_AXES, Status

CubeMaker = Callable[..., xr.Dataset]


@pytest.fixture(scope="session")
def cube() -> CubeMaker:
    """Make a cube of one stage from values (years, n, n)."""

    def make(value: np.ndarray, countries: list[str] | None = None, first_year: int = 2001) -> xr.Dataset:
        years, n, _ = value.shape
        names = countries or [f"{chr(65 + i // 26)}{chr(65 + i % 26)}X" for i in range(n)]
        value = np.where(np.eye(n, dtype=bool), np.nan, value)[None].astype(float)
        status = np.where(np.isnan(value), Status.OWN, Status.KNOWN).astype(np.int8)
        return xr.Dataset(
            {
                "value_kusd": (CUBE_AXES, value),
                "quantity_t": (CUBE_AXES, np.full(value.shape, np.nan)),
                "status": (CUBE_AXES, status),
            },
            coords={
                "stage": ["downstream"],
                "year": list(range(first_year, first_year + years)),
                "exporter": names,
                "importer": names,
            },
            attrs={"chain": "made_up", "sources": ["made_up 1"], "reconstructed": False},
        )

    return make
