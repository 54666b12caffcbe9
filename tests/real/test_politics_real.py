"""Political sources and codes of events on the real files, against recounts by pandas."""

import pandas as pd
import polars as pl
import pytest

from xenotime import reference


def test_cameo_equals_the_published_tables(real_data):
    quads = pd.read_csv(real_data / "events" / "cameo_codes_quad_penta.csv", dtype=str, encoding_errors="replace")
    scores = pd.read_csv(real_data / "events" / "cameo_goldstein.csv", dtype={"code": str})
    ours = reference.cameo()
    assert ours.height == len(quads) == len(scores) == 312
    assert dict(ours.select("code", "quad").iter_rows()) == dict(zip(quads["cameo_code"], quads["quad_category"]))
    assert dict(ours.select("code", "goldstein").iter_rows()) == pytest.approx(
        dict(zip(scores["code"], scores["goldstein"]))
    )
