"""A small chain and a maker of small tables of flows."""

from collections.abc import Callable

import polars as pl
import pytest

from xenotime.reference import Chain
from xenotime.schema import TABLES

Maker = Callable[..., pl.DataFrame]


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
