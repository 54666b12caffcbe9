"""A cube that is no trade cube is refused in words, wherever the shape of trade is measured."""

import numpy as np
import pytest
import xarray as xr

from xenotime import networks
from xenotime.core import DataWarning, InputError
from xenotime.schema import CUBE_AXES, Status

NAMES = ["CHN", "DEU", "JPN", "USA"]
FLOWS = [[0, 10, 60, 40], [0, 0, 0, 5], [0, 0, 0, 45], [0, 3, 0, 0]]


def cube(flows=FLOWS):
    value = np.array(flows, dtype=float)[None, None]
    status = np.zeros(value.shape, dtype=np.int8)
    value[..., range(4), range(4)] = np.nan
    status[..., range(4), range(4)] = Status.OWN
    labels = {"stage": ["magnets"], "year": [2022], "exporter": NAMES, "importer": NAMES}
    return xr.Dataset({"value_kusd": (CUBE_AXES, value), "status": (CUBE_AXES, status)}, coords=labels)


@pytest.mark.parametrize(
    "measure",
    [
        lambda trade: networks.carriers(trade, "CHN", "USA"),
        lambda trade: networks.communities(trade, runs=2),
        networks.crisis,
        lambda trade: networks.regionalisation(trade, which=["within_share"], nulls=0),
    ],
)
def test_another_order_of_importers_and_impossible_flows_are_refused(measure):
    measure(cube())
    with pytest.raises(InputError, match="same countries in the same order"):
        measure(cube().isel(importer=[3, 1, 0, 2]))
    for bad in (-40.0, np.inf):
        with pytest.raises(InputError, match="CHN to USA"):
            measure(cube([[0, 10, 60, bad], *FLOWS[1:]]))


def test_routes_by_hand_and_what_is_unknown_stays_unknown():
    # Japan disposes of 60 from China and of nothing else, so its 45 to the USA are Chinese.
    found = networks.china_us(cube())
    assert found["route"].to_list() == ["direct", "JPN", "others"]
    assert found["value_kusd"].to_list()[:2] == pytest.approx([40, 45])
    unknown = cube()
    unknown["value_kusd"][0, 0, 0, 3] = np.nan
    with pytest.warns(DataWarning, match="1 pairs of countries .* unknown trade, which is taken for none"):
        assert networks.china_us(unknown)["share"].null_count() == 3


@pytest.mark.parametrize("count", [-1, 2.5, float("nan"), "20", None, True])
def test_counts_are_whole_numbers(count):
    trade = cube()
    for measure in (
        lambda: networks.attack(trade, points=count),
        lambda: networks.attack(trade, draws=count),
        lambda: networks.edge_interruption(trade, draws=count),
        lambda: networks.epidemic(trade, draws=count),
        lambda: networks.motifs(trade, draws=count),
        lambda: networks.rich_club(trade, draws=count),
        lambda: networks.regionalisation(trade, nulls=count),
        lambda: networks.communities(trade, runs=count),
    ):
        with pytest.raises(InputError, match="is "):
            measure()


def test_numbers_where_names_ties_or_risks_belong_are_refused():
    trade = cube()
    for measure in (
        lambda: networks.indicators(trade, which=3),
        lambda: networks.attack(trade, strategies=3),
        lambda: networks.routes(trade, "CHN", "USA", 3),
        lambda: networks.attack(trade, 3),
        lambda: networks.trade_risk(trade, 3),
        lambda: networks.trade_risk(trade, {"CHN": "much"}),
    ):
        with pytest.raises(InputError):
            measure()


@pytest.mark.parametrize("axis", CUBE_AXES)
def test_a_cube_with_nothing_on_an_axis_is_refused(axis):
    bare = cube().isel(exporter=[], importer=[]) if axis in ("exporter", "importer") else cube().isel({axis: []})
    for measure in (networks.china_us, networks.communities, networks.crisis, networks.indicators, networks.dependence):
        with pytest.raises(InputError, match=f"nothing on axis {'exporter' if axis == 'importer' else axis}"):
            measure(bare)


def test_whole_numbers_are_values_too_and_texts_are_none():
    whole = cube().fillna(0).astype(int)
    assert networks.dependence(whole).equals(networks.dependence(cube()))
    assert networks.crisis(whole).equals(networks.crisis(cube()))
    with pytest.raises(InputError, match="not numbers"):
        networks.crisis(cube().assign(value_kusd=cube()["value_kusd"].astype(str)))


def test_years_without_a_path_across_stages_stand_beside_years_with_one():
    two = xr.concat([cube(np.zeros((4, 4))), cube().assign_coords(year=[2023])], "year")
    both = xr.concat([two, two.assign_coords(stage=["motors"])], "stage")
    for found in (
        networks.stage_paths(both, "magnets", "motors", "CHN"),
        networks.stage_origins(both, "magnets", "motors"),
    ):
        assert found["year"].unique().to_list() == [2023]


@pytest.mark.parametrize("through", [["JPN", "JPN"], ["CHN"], ["USA"]])
def test_a_carrier_stands_once_and_is_no_end(through):
    with pytest.raises(InputError, match="name each country once"):
        networks.routes(cube(), "CHN", "USA", through)


def test_crises_refuse_thresholds_and_stages_that_are_none():
    with pytest.raises(InputError, match="not negative"):
        networks.crisis(cube(), threshold=float("nan"))
    with pytest.raises(InputError, match="no stage of the cube"):
        networks.chain_crisis(cube(), "magnets", ["CHN"], capacity={"magnet": {"CHN": 1.0}})


def test_a_cube_of_values_alone_is_completed():
    whole, bare = cube(), cube().drop_vars("status")
    assert "quantity_t" not in whole
    for measure in (networks.indicators, networks.shape, networks.summary, networks.dependences):
        assert measure(bare).equals(measure(whole), null_equal=True)
    assert networks.dependence(bare).equals(networks.dependence(whole))
    found = networks.compare(bare, bare, ["export_hhi", "trade_t"])
    assert found["change"].to_list() == [0.0, None]
    assert networks.to_networkx(bare, "magnets", 2022).number_of_edges() == 6
    bare["value_kusd"][0, 0, 0, 3] = np.nan
    assert networks.summary(bare)["missing"].to_list() == [1]
    with pytest.warns(DataWarning, match="1 pairs"):
        networks.communities(bare, runs=2)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.zeros((4, 4)), "a ndarray is no trade cube"),
        (cube().rename(value_kusd="flow"), "no value_kusd"),
        (cube().squeeze("year"), "no axis year"),
        (cube().drop_vars("stage"), "no axis stage"),
        (cube().assign_coords(exporter=["CHN", "CHN", "JPN", "USA"]), "label twice on axis exporter"),
        (cube().expand_dims(draw=2), "an axis draw"),
    ],
)
def test_what_is_no_cube_is_refused_in_words(bad, said):
    for measure in (networks.indicators, networks.communities, networks.crisis, networks.regionalisation):
        with pytest.raises(InputError, match=said):
            measure(bad)
