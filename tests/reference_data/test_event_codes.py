"""Codes of events: whole, and the economic ones marked."""

import polars as pl

from xenotime import reference
from xenotime.schema import QUADS

ECONOMIC = ["0211", "0254", "0311", "0354", "061", "071", "085", "1054", "1211", "1244", "1312", "1621", "163"]


def test_every_cameo_code_is_whole():
    codes = reference.cameo()
    assert codes["code"].is_unique().all()
    assert codes["code"].str.contains(r"^(0[1-9]|1[0-9]|20)[0-9]{0,2}$").all()
    assert set(codes["quad"]) == set(QUADS)
    assert codes["goldstein"].is_between(-10, 10).all()
    assert sum(codes.null_count().row(0)) == 0
    # The twenty roots are codes themselves, and a code belongs to the root it begins with.
    assert set(codes["root"]) == {f"{root:02d}" for root in range(1, 21)} <= set(codes["code"])
    assert (codes["root"] == codes["code"].str.slice(0, 2)).all()


def test_a_root_lies_in_one_class():
    classes = reference.cameo().group_by("root").agg(pl.col("quad").unique()).sort("root")
    assert [len(quads) for quads in classes["quad"]] == [1] * 20
    first = {"01": QUADS[0], "06": QUADS[1], "09": QUADS[2], "14": QUADS[3]}
    assert {root: quads[0] for root, quads in classes.iter_rows() if root in first} == first


def test_the_codes_that_hold_trade_itself_are_marked():
    assert reference.cameo().filter("economic")["code"].sort().to_list() == sorted(ECONOMIC)


def test_plover_has_sixteen_types_in_four_classes():
    types = reference.plover()
    assert types["code"].is_unique().all()
    assert types.filter(pl.col("code") != "YIELD").height == 16
    # The codebook's four classes: 4 + 3 cooperative, 4 + 5 conflictive.
    count = dict(types.filter(pl.col("code") != "YIELD")["quad"].value_counts().iter_rows())
    assert count == dict(zip(QUADS, (4, 3, 4, 5)))
