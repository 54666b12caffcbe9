"""The geometry behind the maps, against published values and shapes small enough to check by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xenotime.report import map as geometry

#: Two squares that share the edge from (10, 0) to (10, 10): A is 10 by 10 degrees, B 20 by 10. Arc 0 is that edge.
SQUARES = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.25], "translate": [-10.0, -5.0]},
    "arcs": [
        [[40, 20], [0, 40]],  # (10, 0) up to (10, 10)
        [[40, 60], [-20, 0], [0, -40], [20, 0]],  # (10, 10) left to (0, 10), (0, 0), back to (10, 0)
        [[40, 20], [40, 0], [0, 40], [-40, 0]],  # (10, 0) right to (30, 0), (30, 10), back to (10, 10)
        [[20, 0], [2, 0], [0, 4], [-2, -4]],  # a triangle of its own: (0, -5), (1, -5), (1, -4)
    ],
    "objects": {
        "countries": {
            "geometries": [
                {"type": "Polygon", "id": "001", "properties": {"name": "A"}, "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "id": "002", "properties": {"name": "B"}, "arcs": [[[2, ~0]], [[3]]]},
                {"type": "Polygon", "arcs": [[3]]},
            ]
        }
    },
}


def area(ring: np.ndarray) -> float:
    """Shoelace formula."""
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


def test_decoded_rings_close_and_have_the_areas_drawn():
    first, second, nameless = geometry.decode(SQUARES)
    assert (first.m49, first.name) == ("001", "A")
    assert (nameless.m49, nameless.name) == ("", "")
    assert [area(ring) for ring in first.rings] == [100.0]
    assert [area(ring) for ring in second.rings] == [200.0, 0.5]
    for shape in (first, second, nameless):
        for ring in shape.rings:
            np.testing.assert_array_equal(ring[0], ring[-1])
    np.testing.assert_array_equal(first.rings[0][:2], [[10, 0], [10, 10]])


@pytest.mark.parametrize(
    ("lon", "lat", "x", "y"),
    [
        (0, 0, 0, 0),
        (180, 0, 2.7066299836, 0),  # half the width, Šavrič et al. 2019
        (0, 90, 0, 1.3173627592),  # half the height
        (-180, 0, -2.7066299836, 0),
        (0, -90, 0, -1.3173627592),
    ],
)
def test_equal_earth_has_the_published_extent(lon: float, lat: float, x: float, y: float):
    np.testing.assert_allclose(geometry.equal_earth(lon, lat), [x, y], atol=1e-9)


@given(st.floats(-179, 177), st.floats(-88, 86))
def test_equal_earth_keeps_areas(lon: float, lat: float):
    """A cell of a thousandth of a degree has on the map the area it has on the unit sphere."""
    step = 1e-3
    east, north = np.array([(0, 0), (step, 0), (step, step), (0, step), (0, 0)]).T
    corners = geometry.equal_earth(lon + east, lat + north)
    sphere = np.radians(step) * (np.sin(np.radians(lat + step)) - np.sin(np.radians(lat)))
    assert area(corners) == pytest.approx(sphere, rel=1e-3)


def test_a_ring_across_the_dateline_stays_whole_on_a_pacific_map():
    ring = np.array([[179.0, -1], [-179.0, -1], [-179.0, 1], [179.0, 1], [179.0, -1]])
    (piece,) = geometry.cut(ring, 150.0)
    assert area(piece) == pytest.approx(4)
    assert piece[:, 0].min() == 179
    assert piece[:, 0].max() == 181


@pytest.mark.parametrize("centre", [150.0, 0.0, -60.0])
def test_a_ring_over_the_edge_is_cut_in_two_that_keep_its_area(centre: float):
    edge = centre - 180
    ring = np.array([[edge - 3, 0.0], [edge + 5, 0], [edge + 5, 2], [edge - 3, 2], [edge - 3, 0]])
    pieces = geometry.cut(ring, centre)
    assert sorted(round(area(piece), 9) for piece in pieces) == [6.0, 10.0]
    for piece in pieces:
        np.testing.assert_array_equal(piece[0], piece[-1])
        assert piece[:, 0].min() >= edge - 1e-9
        assert piece[:, 0].max() <= edge + 360 + 1e-9
        for line in geometry.coast(piece, centre):
            along = np.diff(line[:, 0]) == 0
            at_edge = np.isclose((line[:-1, 0] - edge) % 360, 0)
            assert not np.any(along & at_edge), "the cut is drawn as a coast"


def test_the_shortest_way_from_quito_to_kampala_follows_the_equator():
    way = geometry.great_circle((-78.0, 0.0), (32.0, 0.0))
    np.testing.assert_allclose(way[:, 1], 0, atol=1e-9)
    np.testing.assert_allclose(np.diff(way[:, 0]), 110 / 47, rtol=1e-9)


def test_the_shortest_way_over_the_pacific_crosses_the_dateline_in_the_north():
    way = geometry.great_circle((116.4, 39.9), (-77.0, 38.9))
    assert way[:, 1].max() > 70
    assert np.abs(np.diff(way[:, 0])).max() > 300


def test_a_flow_is_one_ribbon_over_the_pacific_and_two_over_the_map_edge():
    assert len(geometry.ribbons((116.4, 39.9), (-77.0, 38.9), 0.01)) == 1
    assert len(geometry.ribbons((2.35, 48.85), (-77.0, 38.9), 0.01)) == 2


def test_a_ribbon_is_broad_where_goods_leave_and_narrow_where_they_arrive():
    line = np.column_stack([np.linspace(0, 10, 11), np.zeros(11)])
    outline = geometry.taper(line, np.linspace(0, 1, 11), 2.0)
    right, left = outline[:11], outline[11:][::-1]
    np.testing.assert_allclose(left[:, 1] - right[:, 1], 2.0 * (1 - 0.8 * np.linspace(0, 1, 11)))
    bent = geometry.taper(line, np.linspace(0, 1, 11), 0.0, bend=1.0)
    assert bent[5, 1] == pytest.approx(-1.0)  # eastward, so the right hand is south


def test_the_map_is_centred_where_its_edge_cuts_least():
    santiago, beijing, paris, washington = (-70.7, -33.5), (116.4, 39.9), (2.35, 48.85), (-77.0, 38.9)
    assert geometry.crosses_edge(paris, washington, 150.0)
    assert not geometry.crosses_edge(paris, washington, 11.0)
    assert geometry.crosses_edge(beijing, washington, 11.0)
    assert geometry.best_centre([(beijing, washington, 5.0)]) == (150.0, 0.0)
    assert geometry.best_centre([(paris, washington, 5.0)]) == (11.0, 0.0)
    assert geometry.best_centre([(paris, washington, 1.0), (beijing, washington, 3.0)])[0] == -90.0
    centre, lost = geometry.best_centre([(paris, santiago, 1.0), (santiago, beijing, 99.0)])
    assert (centre, lost) == (150.0, 0.01), "not worth cutting China in two"
    assert geometry.best_centre([]) == (150.0, 0.0)
