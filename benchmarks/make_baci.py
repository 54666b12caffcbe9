"""Make a file with the shape of a BACI year: sorted t,i,j,k, about 5,000 products and 226 countries, q padded NA.

Sizes of countries and products are log-normal, so that as in BACI few pairs trade most products. The numbers mean
nothing. Run: python benchmarks/make_baci.py FOLDER --rows 11000000 --year 2024
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from xenotime.core import generator
from xenotime.reference import chain, chains, codes

COUNTRIES, PRODUCTS, MISSING_MASS = 226, 5_000, 0.03
HS_VERSION, VERSION = "HS17", "V202601"


def country_codes() -> np.ndarray:
    """Codes of today's countries, one for each, as many as BACI has."""
    today = codes("baci").filter((pl.col("kind") == "country") & pl.col("valid_to").is_null())
    own = today.sort(pl.col("note").str.starts_with("plain M49").fill_null(value=False), "code").unique(
        "iso3", keep="first", maintain_order=True
    )
    return np.sort(own["code"].cast(pl.Int32).to_numpy()[:COUNTRIES])


def product_codes(random: np.random.Generator) -> np.ndarray:
    """The products of the chains, filled up with made-up codes."""
    real = {int(code) for name in chains() for code in chain(name).vintage_codes(HS_VERSION)}
    made_up = random.choice(np.arange(10_121, 970_600), PRODUCTS, replace=False)
    return np.sort(np.array(sorted(real | set(made_up[: PRODUCTS - len(real)].tolist()))))


def make_year(folder: Path, rows: int, year: int, seed: int = 1) -> Path:
    """Write one yearly CSV of exactly `rows` rows and the product table, and return the path of the CSV."""
    random = generator(seed, "baci", year)
    products, countries = product_codes(generator(seed, "products")), country_codes()
    exporters = np.exp(random.normal(0, 1.8, len(countries)))
    importers = np.exp(random.normal(0, 1.2, len(countries)))
    sizes = np.exp(random.normal(0, 1.0, len(products)))
    keys = np.empty(0, np.uint32)
    while len(keys) < rows:
        exporter = random.choice(len(countries), rows, p=exporters / exporters.sum()).astype(np.uint32)
        importer = random.choice(len(countries), rows, p=importers / importers.sum()).astype(np.uint32)
        product = random.choice(len(products), rows, p=sizes / sizes.sum()).astype(np.uint32)
        drawn = ((exporter * 256 + importer) * 8192 + product)[exporter != importer]
        keys = np.unique(np.concatenate([keys, drawn]))
    keys = np.sort(random.choice(keys, rows, replace=False))
    value = np.maximum(np.round(np.exp(random.normal(2, 3, rows)), 3), 0.001)
    mass = np.round(value * np.exp(random.normal(-1, 1.5, rows)), 3)
    frame = pl.DataFrame(
        {
            "t": np.full(rows, year),
            "i": countries[keys >> 21],
            "j": countries[(keys >> 13) & 255],
            "k": products[keys & 8191],
            "v": value,
            "q": mass,
        }
    ).with_columns(
        pl.col("k").cast(pl.String).str.zfill(6),
        pl.when(pl.Series(random.random(rows) < MISSING_MASS))
        .then(pl.lit("          NA"))
        .otherwise(pl.col("q").cast(pl.String))
        .alias("q"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"BACI_{HS_VERSION}_Y{year}_{VERSION}.csv"
    frame.write_csv(path)
    table = pl.DataFrame({"code": [f"{code:06d}" for code in products], "description": "made up"})
    table.write_csv(folder / f"product_codes_{HS_VERSION}_{VERSION}.csv")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=11_000_000)
    parser.add_argument("--year", type=int, default=2024)
    given = parser.parse_args()
    begun = time.perf_counter()
    print(make_year(given.folder, given.rows, given.year), f"in {time.perf_counter() - begun:.0f} s")
