"""One store for the alliances study on real magnet trade (HS 850511): flows 2002–2024 and what goes with them.

Run: python examples/magnets_store.py --data ../shared/data --store magnets

Prints what came in, how much was set aside, and which years each covers. The same with plain commands stands in
docs/politics.md. The sources end in different years: disputes in 2014, contiguity in 2016, pacts in 2018, ideal points
in 2019, rivalries in 2020; daily GDELT begins in 2018.
"""

import argparse
import warnings
from pathlib import Path

import polars as pl

from xenotime.core import DataWarning
from xenotime.pipeline import ingest
from xenotime.store import open_store

#: File, and how it is read.
FILES = (
    ("trade/baci_850511_magnets_2002_2024_top.csv", {"mapping": "baci_extract"}),
    ("gravity/cepii_dist.csv.gz", {"source": "geodist"}),
    ("macro/wdi_gdp_current_usd.csv.gz", {"source": "wdi"}),
    ("macro/wdi_population.csv.gz", {"source": "wdi"}),
    ("politics/atop_alliance_dyad_year_1945on.csv.gz", {"source": "atop"}),
    ("politics/cow_mid_directed_dyad_disputes.csv.gz", {"source": "cow_disputes"}),
    ("politics/cow_direct_contiguity.csv", {"source": "cow_contiguity"}),
    ("politics/tss_rivalries.csv", {"source": "rivalries"}),
    ("politics/unga_ideal_points_all_apr2020.csv.gz", {"source": "unga"}),
    ("events/gdelt2_dyad_year_2018_2024.csv.gz", {"mapping": "gdelt_dyad_year"}),
    ("minerals/gpr_monthly.csv", {"source": "gpr"}),
)


def main():
    """Read the files into the store and print what came in."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the files")
    parser.add_argument("--store", type=Path, required=True, help="folder of the store, made if it is not there")
    asked = parser.parse_args()
    for file, reading in FILES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # said above and in the store: 850511 holds other magnets too
            report = ingest(asked.store, asked.data / file, **reading)
        rows, aside = report.pieces["rows"].sum(), report.pieces["quarantined"].sum()
        print(f"{file}: {rows:,} rows, {aside:,} set aside")
        for note in report.notes:
            print(f"    {note}")
    print(f"\n{coverage(open_store(asked.store))}")


def coverage(store):
    """Return which years each source covers, by table and what it tells."""
    told = {"relations": "relation", "country_indices": "index"}
    held = store.pieces().select("table", "source", "version").unique().sort("table", "source")
    parts = []
    for table in held["table"].unique(maintain_order=True):
        frame = store.flows() if table == "flows" else store.table(table)
        what = pl.col(told[table]) if table in told else pl.lit("")
        parts.append(
            frame.group_by("source", what.alias("tells"))
            .agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"), pl.len().alias("rows"))
            .select(pl.lit(table).alias("table"), pl.all())
        )
    with pl.Config(tbl_rows=50, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_width_chars=120):
        return str(pl.concat(parts).sort("table", "source", "tells"))


if __name__ == "__main__":
    main()
