"""The same small trade in the three shapes that ingest reads, for the fault tests: BACI, Comtrade, a mapped table."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

YEARS = (2021, 2022, 2023)
COUNTRIES = {"CHN": 156, "JPN": 392, "USA": 842, "AUS": 36, "MYS": 458, "VNM": 704}
PRODUCTS = ("284690", "850511")
Table = list[list[str]]


@dataclass(frozen=True)
class Shape:
    """A kind of file: how rows of one year are written, which columns matter, how it is packed and ingested."""

    name: str
    header: list[str]
    row: Callable[[int, int, int, str, float], list[str]]
    pack: Callable[[Path, dict[int, Table]], Path]
    options: dict[str, Any] = field(default_factory=dict)
    exporter: str = ""
    product: str = ""
    value: str = ""

    def years(self) -> dict[int, Table]:
        """Return the tables of each year, header first: 60 flows a year, of 1 to 60 thousand dollars."""
        tables = {}
        for year in YEARS:
            pairs = permutations(COUNTRIES.values(), 2)
            flows = ((one, other, product) for one, other in pairs for product in PRODUCTS)
            rows = [self.row(year, *flow, float(size)) for size, flow in enumerate(flows, start=1)]
            tables[year] = [self.header, *rows]
        return tables

    def changed(self, column: str, value: str, year: int = 2022, line: int = 7) -> dict[int, Table]:
        """Return the tables with one cell replaced; `line` counts from the header, which is 1."""
        tables = self.years()
        tables[year][line - 1][self.header.index(column)] = value
        return tables


def text(table: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


def _baci(folder: Path, tables: dict[int, Table]) -> Path:
    path = folder / "BACI_HS17_V202601.zip"
    countries = "".join(f"{code},{iso3},{iso3[:2]},{iso3}\n" for iso3, code in COUNTRIES.items())
    products = "".join(f'{code},"A product"\n' for code in PRODUCTS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for year, table in tables.items():
            archive.writestr(f"BACI_HS17_Y{year}_V202601.csv", text(table))
        archive.writestr(
            "country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\n" + countries
        )
        archive.writestr("product_codes_HS17_V202601.csv", "code,description\n" + products)
    return path


def _single(folder: Path, tables: dict[int, Table]) -> Path:
    path = folder / "flows.csv"
    first, *others = tables.values()
    path.write_text(text([*first, *(row for table in others for row in table[1:])]))
    return path


BACI = Shape(
    "baci",
    ["t", "i", "j", "k", "v", "q"],
    lambda year, one, other, product, size: [
        str(year),
        str(one),
        str(other),
        product,
        f"{size:.3f}",
        f"{size / 2:.3f}",
    ],
    _baci,
    {"source": "baci"},
    exporter="i",
    product="k",
    value="v",
)
COMTRADE = Shape(
    "comtrade",
    ["refYear", "reporterCode", "flowCode", "partnerCode", "classificationCode", "cmdCode", "netWgt", "primaryValue"],
    lambda year, one, other, product, size: [
        *(str(year), str(one), "X", str(other), "H5", product, f"{size * 500:.1f}", f"{size * 1000:.1f}")
    ],
    _single,
    {"source": "comtrade", "version": "2026"},
    exporter="reporterCode",
    product="cmdCode",
    value="primaryValue",
)
MAPPED = Shape(
    "mapped",
    ["year", "from", "to", "hs6", "usd", "kg"],
    lambda year, one, other, product, size: [
        *(str(year), str(one), str(other), product, f"{size * 1000:.1f}", f"{size * 500:.1f}")
    ],
    _single,
    {
        "mapping": {
            "version": "2026",
            "columns": {"exporter": "from", "importer": "to", "value": "usd", "quantity": "kg"},
            "units": {"value": "usd", "quantity": "kg"},
            "country_scheme": "comtrade",
            "hs_version": "HS17",
            "absence": "zero",
        }
    },
    exporter="from",
    product="hs6",
    value="usd",
)
SHAPES = {shape.name: shape for shape in (BACI, COMTRADE, MAPPED)}
