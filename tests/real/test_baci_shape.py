"""Real BACI flows (31 products, 2022), laid out as CEPII ships them, come back with the same totals.

The file at hand has ISO3 and dollars; it is turned into t,i,j,k,v,q on the fly, with CEPII's own table of country
codes, and counted with pandas.
"""

import zipfile

import pandas as pd
import polars as pl
import pytest

from xenotime.sources import baci
from xenotime.store import open_store, writer


@pytest.fixture(scope="module")
def truth(real_data) -> pd.DataFrame:
    frame = pd.read_csv(
        real_data / "trade" / "baci_full_31codes_2022.csv.gz", dtype={"cmd": str}, keep_default_na=False
    )
    table = pd.read_csv(real_data / "trade" / "baci_country_codes_V202601.csv", keep_default_na=False)
    current = table[~table["country_name"].str.contains(r"\(\.\.\.")].drop_duplicates("country_iso3", keep="last")
    code = current.set_index("country_iso3")["country_code"]
    frame["exporter"], frame["importer"] = frame["i"].map(code), frame["j"].map(code)
    assert frame[["exporter", "importer"]].notna().all().all()
    return frame


@pytest.fixture(scope="module")
def release(truth, real_data, tmp_path_factory):
    lines = (
        f"2022,{int(row.exporter)},{int(row.importer)},{row.cmd},{row.value / 1000!r},          NA"
        for row in truth.itertuples()
    )
    path = tmp_path_factory.mktemp("cepii") / "BACI_HS17_V202601.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BACI_HS17_Y2022_V202601.csv", "t,i,j,k,v,q\n" + "\n".join(lines) + "\n")
        codes = "".join(f"{code},\n" for code in sorted(set(truth["cmd"])))
        archive.writestr("product_codes_HS17_V202601.csv", "code,description\n" + codes)
        archive.write(real_data / "trade" / "baci_country_codes_V202601.csv", "country_codes_V202601.csv")
    return path


def test_every_row_is_read_and_world_totals_are_those_of_the_file(truth, release, tmp_path):
    with writer(tmp_path / "s") as work:
        for piece in baci.parse(release):
            assert piece.quarantine.is_empty()
            work.put(piece)
    store = open_store(tmp_path / "s")
    read = store.flows()
    by_product = truth.groupby("cmd")["value"].sum() / 1000
    found = read.group_by("hs6").agg(pl.col("value_kusd").sum()).sort("hs6")
    assert found["hs6"].to_list() == list(by_product.index)
    assert found["value_kusd"].to_list() == pytest.approx(by_product.to_list(), rel=1e-12)
    # Regions that are not countries, of which the file has hardly any, are all that may be left out.
    assert read.height == len(truth)
    magnets = store.flows(hs=["850511"])
    of_china = truth[(truth["cmd"] == "850511") & (truth["i"] == "CHN")]["value"].sum() / 1000
    assert magnets.filter(exporter="CHN")["value_kusd"].sum() == pytest.approx(of_china, rel=1e-12)
    # facts/rare_earths.md: BACI counts 850511 at 6.86 billion dollars in 2022, 62.5 % of it from China.
    assert magnets["value_kusd"].sum() == pytest.approx(6.86e6, rel=0.005)


def test_a_chain_taken_from_the_file_is_the_chain_taken_from_the_store(release, tmp_path):
    wanted = ["282200", "283691", "850511"]
    (taken,) = baci.parse(release, hs6=wanted)
    with writer(tmp_path / "s") as work:
        for piece in baci.parse(release):
            work.put(piece)
    read = open_store(tmp_path / "s").flows(hs=wanted)
    assert taken.frame.select(pl.col(name).cast(dtype) for name, dtype in read.schema.items()).equals(read)
    assert read["hs6"].n_unique() == 3
