"""Who carries Chinese goods to the United States, reckoned by hand on four countries."""

import numpy as np
import pytest

from xenotime.studies.policy.mediation import by_route, carried_share, direct_share

NAMES = ("CHN", "JPN", "DEU", "USA")
# China ships 60 to the United States, 40 to Japan, 20 to Germany. Japan makes 10 and hands 50 to the United States: all
# of the Chinese 40. Germany uses half of its 20 and hands on 10. So 110 arrive: 60 directly, 40 by Japan, 10 by
# Germany.
FLOWS = np.array([[0, 40, 20, 60], [0, 0, 0, 50], [0, 0, 0, 10], [0, 0, 0, 0]], dtype=float)


def test_shares_by_last_carrier_are_those_reckoned_by_hand():
    np.testing.assert_allclose(by_route(FLOWS, NAMES), [60 / 110, 40 / 110, 10 / 110, 0])
    assert direct_share(FLOWS, NAMES) == pytest.approx(60 / 110)
    assert carried_share(FLOWS, NAMES) == pytest.approx(40 / 110)  # Germany is not one of the three


def test_without_direct_trade_all_is_carried():
    banned = FLOWS.copy()
    banned[0, 3] = 0
    assert direct_share(banned, NAMES) == 0
    assert carried_share(banned, NAMES) == pytest.approx(0.8)


@pytest.mark.parametrize("names", [("IND", "JPN", "DEU", "USA"), ("CHN", "JPN", "DEU", "IND")])
def test_without_either_country_there_is_no_answer(names):
    assert np.isnan([direct_share(FLOWS, names), carried_share(FLOWS, names)]).all()


def test_where_nothing_arrives_there_is_no_answer():
    nothing = FLOWS.copy()
    nothing[0] = 0
    assert np.isnan([direct_share(nothing, NAMES), carried_share(nothing, NAMES)]).all()
