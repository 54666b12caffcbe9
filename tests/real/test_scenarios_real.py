"""Ready scenarios on all pairs of 2022: the expected signs hold on real trade as they do on a stylised market."""

import numpy as np
import polars as pl
import pytest

from xenotime import reference
from xenotime.markets import Market, gsim
from xenotime.scenarios import library, load_scenario

CODES = {
    ("rare_earths", "downstream"): ["850511"],
    ("gallium_germanium", "metal"): ["811292"],
    ("graphite", "upstream"): ["250410", "250490"],
    ("tungsten", "midstream"): ["284180", "720280", "810110", "810194"],
}
NAMES = [name for name in library() if (load_scenario(name).chain, load_scenario(name).stage[0]) in CODES]


@pytest.fixture(scope="module")
def trade(real_data):
    rows = pl.read_csv(real_data / "trade" / "baci_full_31codes_2022.csv.gz", infer_schema=False)
    known = list(reference.country_names())
    return rows.select(pl.col("i", "j").replace("S19", "TWN"), pl.col("cmd"), pl.col("value").cast(pl.Float64)).filter(
        pl.col("i").is_in(known) & pl.col("j").is_in(known)
    )


def market_of(trade, codes, substitution):
    flows = trade.filter(pl.col("cmd").is_in(codes)).group_by("i", "j").agg(pl.col("value").sum())
    names = sorted({*flows["i"], *flows["j"]})
    matrix = np.zeros((len(names), len(names)))
    for exporter, importer, value in flows.iter_rows():
        if exporter != importer:
            matrix[names.index(exporter), names.index(importer)] = value
    return Market.from_arrays(matrix, names=names, tariffs=0.03, substitution=substitution, own_trade="absent")


@pytest.mark.parametrize("substitution", [1.8, 5.0])
@pytest.mark.parametrize("name", NAMES)
def test_expected_signs_hold_on_2022(name, substitution, trade):
    scenario = load_scenario(name)
    market = market_of(trade, CODES[scenario.chain, scenario.stage[0]], substitution)
    policy = scenario.policy(names=market.names)
    result = gsim(market, policy)
    signs = scenario.signs(result)
    assert signs["holds"].all(), f"\n{signs.filter(~pl.col('holds'))}"
    assert policy.notes == ()
