"""A small chain, a maker of small tables of flows, and one of cubes from arrays."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import xarray as xr

from xenotime.reference import Chain
from xenotime.schema import CUBE_AXES, TABLES, Status

Maker = Callable[..., pl.DataFrame]
CubeMaker = Callable[..., xr.Dataset]


@pytest.fixture(scope="session")
def chain() -> Chain:
    """Two stages: 2846 out of Myanmar, and metal, are upstream and midstream; magnets are downstream."""
    held = {"holds": "goods", "source": "made up for this test"}
    return Chain.model_validate(
        {
            "name": "small",
            "title": "Small",
            "commodity": "small",
            "default_stages": "two",
            "stagings": {
                "two": {
                    "title": "Two",
                    "source": "made up",
                    "reason": "for tests",
                    "warnings": [
                        {"codes": ["280530"], "text": "Metals hold scandium.", "source": "made up"},
                        {"codes": ["253090"], "text": "253090 is lithium.", "source": "made up"},
                    ],
                    "stages": [
                        {
                            "name": "upstream",
                            "title": "Upstream",
                            "selects": [
                                {"hs6": "284690", "exporters": ["MMR"], **held},
                                {"hs6": "284690", "exporters": ["USA"], "years": [2018, 2024], **held},
                            ],
                        },
                        {
                            "name": "downstream",
                            "title": "Downstream",
                            "selects": [
                                {"hs6": "284690", "except_exporters": ["MMR", "USA"], **held},
                                {"hs6": "850511", **held},
                                {"hs6": "280530", **held},
                            ],
                        },
                    ],
                },
                "magnets": {
                    "title": "Magnets alone",
                    "source": "made up",
                    "reason": "for tests",
                    "stages": [{"name": "magnet", "title": "Magnet", "selects": [{"hs6": "850511", **held}]}],
                },
            },
        }
    )


@pytest.fixture(scope="session")
def make_flows() -> Maker:
    """Rows (year, exporter, importer, hs6, value, mass) and constant columns to a table of flows."""

    def make(*rows: tuple[int, str, str, str, float, float | None], **constant: str) -> pl.DataFrame:
        fixed = {
            "hs_version": "HS92",
            "quality": "published",
            "absence": "zero",
            "source": "baci",
            "source_version": "V202601",
        } | constant
        names = ("year", "exporter", "importer", "hs6", "value_kusd", "quantity_t")
        table = [dict(zip(names, row, strict=True)) | fixed for row in rows]
        return pl.DataFrame(table, schema=TABLES["flows"].dtypes)

    return make


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
