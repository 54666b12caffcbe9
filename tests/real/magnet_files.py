"""The two real files of magnets (850511), read by pandas alone: the panel of large flows, and all flows of 2022."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import xarray as xr

from xenotime.core import DataWarning
from xenotime.networks import build
from xenotime.schema import TABLES


def listed(real_data: Path) -> pd.DataFrame:
    """Return the panel of large flows, 2002–2024: year, exporter, importer (ISO3), usd, mass.

    ISO2 to ISO3 by BACI's own code table, Namibia's NA being text, Taiwan's code blank.
    """
    codes = pd.read_csv(real_data / "trade/baci_country_codes_V202601.csv", keep_default_na=False)
    iso3 = dict(zip(codes["country_iso2"], codes["country_iso3"])) | {"NA": "NAM", "TW": "TWN"}
    raw = pd.read_csv(
        real_data / "trade/baci_850511_magnets_2002_2024_top.csv", keep_default_na=False, na_values={"qty_t": [""]}
    )
    return pd.DataFrame(
        {
            "year": raw["year"],
            "exporter": raw["exporter_iso2"].map(iso3),
            "importer": raw["importer_iso2"].map(iso3),
            "usd": raw["value_usd"],
            "mass": raw["qty_t"].astype(float),
        }
    )


def complete(real_data: Path) -> pd.DataFrame:
    """Return all flows of 2022: year, exporter, importer (ISO3), usd, mass (not in the file)."""
    raw = pd.read_csv(real_data / "trade/baci_full_31codes_2022.csv.gz", dtype={"cmd": str}, keep_default_na=False)
    raw = raw[raw["cmd"] == "850511"]
    return pd.DataFrame(
        {
            "year": raw["year"],
            "exporter": raw["i"].replace("S19", "TWN"),
            "importer": raw["j"].replace("S19", "TWN"),
            "usd": raw["value"],
            "mass": np.nan,
        }
    )


def cube(frame: pd.DataFrame, absence: str) -> xr.Dataset:
    """Return a cube of one of the files, its table of flows made by hand."""
    flows = pl.DataFrame(
        {
            "year": frame["year"].to_numpy(),
            "exporter": frame["exporter"].to_list(),
            "importer": frame["importer"].to_list(),
            "hs6": ["850511"] * len(frame),
            "hs_version": ["HS92"] * len(frame),
            "value_kusd": frame["usd"].to_numpy() / 1000,
            "quantity_t": pl.Series(frame["mass"].to_numpy()).fill_nan(None),
            "quality": ["published"] * len(frame),
            "absence": [absence] * len(frame),
            "source": ["baci"] * len(frame),
            "source_version": ["V202601"] * len(frame),
        },
        schema=TABLES["flows"].dtypes,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return build(flows, "rare_earths")
