"""What must not change an estimate: what countries are called, and the unit of values under a rule of shares."""

import shutil
from dataclasses import replace

import polars as pl
import pytest

from xenotime.pipeline import demo_world
from xenotime.pipeline.world.demo import pieces
from xenotime.store import open_store, writer
from xenotime.studies import AlliancesSettings, alliances

FORMULA = (
    "edges + mutual + edgecov('cooperation', lag=1) + edgecov('conflict', lag=1) + edgecov('log_distance')"
    " + nodeocov('log_gdp', lag=1) + memory('stability')"
)
ASKED = AlliancesSettings.read(
    rule="import_share", parameters={"minimum_share": 0.05}, formula=FORMULA, risk="ever", bootstrap=0, mcmle=False,
    total_draws=0, gof=0, permutations=0, origins=0, paths=0, breaks=(), lags=(0, 1, 2), leave_out=(),
)  # fmt: skip


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """Return what studies a small world changed by a function of its frames."""
    world = demo_world(1, countries=30, years=range(2008, 2015), stages=["downstream"])

    def study(change):
        folder = tmp_path_factory.mktemp("world") / "store"
        with writer(folder) as into:
            for piece in pieces(world):
                into.put(replace(piece, frame=change(piece.frame)))
        found = alliances(open_store(folder), settings=ASKED)
        shutil.rmtree(folder)
        return found

    return sorted(str(name) for name in world.names), study


def estimates(study, table):
    rows = study.tables[table].drop_nulls("estimate")
    keys = [name for name in ("method", "model", "covariate", "lag", "term") if name in rows.columns]
    # The constant beside effects of countries is that of the country left out, whichever it is.
    free = (
        rows.filter((pl.col("term") != "edges") | (pl.col("method") != "sender_receiver")) if "method" in keys else rows
    )
    return {row[:-1]: row[-1] for row in free.select(*keys, "estimate").iter_rows()}


def test_what_countries_are_called_changes_no_estimate(studied):
    names, study = studied
    others = dict(zip(names, names[7:] + names[:7], strict=True))

    def renamed(frame):
        held = [name for name in ("exporter", "importer", "country", "actor", "target") if name in frame.columns]
        return frame.with_columns(pl.col(name).replace(others) for name in held)

    before, after = study(lambda frame: frame), study(renamed)
    for table in ("coefficients", "lags", "volumes"):
        assert estimates(after, table) == pytest.approx(estimates(before, table), rel=1e-6, abs=1e-8), table


def test_the_unit_of_values_changes_no_estimate_under_a_rule_of_shares(studied):
    _, study = studied

    def dearer(frame):
        return frame.with_columns(pl.col("value_kusd") * 7.3) if "value_kusd" in frame.columns else frame

    before, after = study(lambda frame: frame), study(dearer)
    for table in ("coefficients", "lags", "volumes"):
        assert estimates(after, table) == pytest.approx(estimates(before, table), rel=1e-6, abs=1e-8), table
