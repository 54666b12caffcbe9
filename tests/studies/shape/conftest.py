"""A small shape study of the embedded world: eight years, few runs and draws."""

import pytest

import xenotime as xt
from xenotime.studies import ShapeSettings, ShapeStudy

QUICK = {"runs": 6, "noisy_runs": 3, "nulls": 9, "draws": 3, "permutations": 49, "traders": 25, "noise_draws": 4}


@pytest.fixture(scope="session")
def quick() -> ShapeSettings:
    return ShapeSettings.read(**QUICK)


@pytest.fixture(scope="session")
def shape_study(quick: ShapeSettings) -> ShapeStudy:
    return xt.studies.shape(xt.demo_store(), years=range(2014, 2022), settings=quick)
