"""A small study on the embedded world, made once; and a store small enough to reckon by hand."""

import pytest

from xenotime import demo_store
from xenotime.studies.policy import policy

SCENARIOS = ("china_export_tax_25", "other_exporters_tax_25", "tariff_removal", "us_china_decoupling")


@pytest.fixture(scope="session")
def embedded(tmp_path_factory):
    return demo_store()


@pytest.fixture(scope="session")
def found(embedded):
    return policy(embedded, SCENARIOS, draws=40)
