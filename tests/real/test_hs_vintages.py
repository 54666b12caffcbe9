"""The vintages of our headings agree with the UN's conversion tables, as far as those list them."""

import polars as pl

from xenotime import reference
from xenotime.reference.products import in_vintage

VINTAGES = {"H0": "HS92", "H1": "HS96", "H2": "HS02", "H3": "HS07", "H4": "HS12", "H5": "HS17"}


def test_headings_live_where_the_conversion_tables_list_them(real_data):
    table = pl.read_csv(real_data / "trade" / "hs_conversion_weights_re_codes.csv", infer_schema=False)
    ours = set(reference.hs_codes()["hs6"])
    seen = 0
    for row in table.iter_rows(named=True):
        for side in row["pair"].split("_to_"):
            if row[side] in ours:
                seen += 1
                assert in_vintage(row[side], VINTAGES[side]), (row[side], side)
    assert seen > 200


def test_germanium_joined_the_basket_in_hs07(real_data):
    table = pl.read_csv(real_data / "trade" / "hs_conversion_weights_re_codes.csv", infer_schema=False)
    into = table.filter(pl.col("pair") == "H2_to_H3", pl.col("H3") == "811292")["H2"].to_list()
    assert "811230" in into
    assert in_vintage("811230", "HS02")
    assert not in_vintage("811230", "HS07")
