"""A stylised market: twelve countries, China with two thirds of the EU's imports, tariffs, own trade."""

import numpy as np
import pytest

from xenotime.markets import Market

NAMES = ("AUS", "CHN", "DEU", "FRA", "IND", "JPN", "KOR", "MMR", "MYS", "RUS", "USA", "VNM")
SUPPLY = np.array([5.0, 140.0, 6.0, 3.0, 2.0, 14.0, 4.0, 6.0, 9.0, 2.0, 8.0, 5.0])
DEMAND = np.array([1.0, 12.0, 10.0, 5.0, 4.0, 11.0, 7.0, 0.5, 4.0, 2.0, 13.0, 6.0])
TARIFF = np.array([0.02, 0.06, 0.03, 0.03, 0.08, 0.01, 0.04, 0.05, 0.03, 0.05, 0.02, 0.04])


def stylised(demand=-1.25, supply=1.5, substitution=5.0):
    """Trade by size of seller and buyer; own trade half of what goes abroad."""
    flows = np.outer(SUPPLY, DEMAND)
    np.fill_diagonal(flows, 0.0)
    own = 0.5 * flows.sum(axis=1)
    return Market.from_arrays(
        flows,
        tariffs=TARIFF,
        names=NAMES,
        demand=demand,
        supply=supply,
        substitution=substitution,
        own_trade=own,
    )


@pytest.fixture(scope="session")
def market():
    return stylised()


@pytest.fixture(scope="session")
def market_of():
    return stylised


@pytest.fixture
def tonnes(market):
    """Base trade in tonnes: Chinese exports are 50,145 t, its quota of 2009."""
    between = np.where(np.eye(market.n, dtype=bool), 0.0, market.volumes)
    return between * 50145 / between[market.names.index("CHN")].sum()


@pytest.fixture
def write(tmp_path):
    """Write a scenario file with the usual head, and give its path; `head=""` leaves it out."""

    def put(body, name="mine", head="title: Mine\nstage: downstream\nbase_year: 2022\nsource: a test\n"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"name: {name}\n{head}{body}", encoding="utf-8")
        return path

    return put
