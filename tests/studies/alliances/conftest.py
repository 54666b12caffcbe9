"""A small embedded world as a store: two stages, 30 countries, ten years, no noise in what is planted."""

import pytest

from xenotime.pipeline import demo_world
from xenotime.pipeline.world.demo import pieces
from xenotime.store import Store, open_store, writer
from xenotime.studies import AlliancesSettings, AlliancesStudy, alliances

#: Everything on, as small as it goes.
QUICK = {
    "bootstrap": 20, "total_draws": 2, "gof": 10, "permutations": 19, "origins": 2, "paths": 2, "path_years": 3,
    "breaks": (2010,), "lags": (-1, 0, 1), "thresholds": (20.0, 100.0), "leave_out": ("CHN",),
}  # fmt: skip


@pytest.fixture(scope="session")
def world():
    return demo_world(1, countries=40, years=range(2004, 2015), stages=["midstream", "downstream"])


@pytest.fixture(scope="session")
def small_store(world, tmp_path_factory) -> Store:
    folder = tmp_path_factory.mktemp("alliances") / "store"
    with writer(folder) as into:
        for piece in pieces(world):
            into.put(piece)
    return open_store(folder)


@pytest.fixture(scope="session")
def quick() -> AlliancesSettings:
    return AlliancesSettings.read(**QUICK)


@pytest.fixture(scope="session")
def alliances_study(small_store, quick) -> AlliancesStudy:
    return alliances(small_store, settings=quick)
