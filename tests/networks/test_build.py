"""Table to cube: exact joins, a status for every cell, and nothing lost or counted twice without a word."""

import warnings

import numpy as np
import polars as pl
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime.core import DataWarning, InputError, SchemaError
from xenotime.networks import build, summary
from xenotime.schema import CUBE_AXES, Status


def cell(trade: xr.Dataset, variable: str, stage: str, year: int, exporter: str, importer: str) -> float:
    return trade[variable].sel(stage=stage, year=year, exporter=exporter, importer=importer).item()


def magnets(make_flows, **constant):
    return make_flows(
        (2020, "CHN", "DEU", "850511", 100.0, 2.0),
        (2020, "JPN", "DEU", "850511", 50.0, 1.0),
        (2021, "CHN", "JPN", "850511", 70.0, None),
        **constant,
    )


def test_cube_has_axes_labels_units_and_provenance(make_flows, chain):
    trade = build(magnets(make_flows), chain, "magnets")
    assert trade["value_kusd"].dims == CUBE_AXES
    assert trade["stage"].values.tolist() == ["magnet"]
    assert trade["year"].values.tolist() == [2020, 2021]
    assert trade["exporter"].values.tolist() == trade["importer"].values.tolist() == ["CHN", "DEU", "JPN"]
    assert trade["value_kusd"].attrs["units"] == "thousand current USD"
    assert trade["quantity_t"].attrs["units"] == "metric tonnes"
    assert trade.attrs["chain"] == "small"
    assert trade.attrs["staging"] == "magnets"
    assert trade.attrs["hs_version"] == "HS92"
    assert trade.attrs["sources"] == ["baci V202601"]
    assert trade.attrs["own_trade"] == "absent"
    assert trade.attrs["reconstructed"] is False
    assert trade.attrs["warnings"] == []
    assert trade["value_kusd"].dtype == trade["quantity_t"].dtype == np.float64
    assert trade["status"].dtype == np.int8


def test_direction_is_from_exporter_to_importer(make_flows, chain):
    trade = build(magnets(make_flows), chain, "magnets")
    assert cell(trade, "value_kusd", "magnet", 2020, "CHN", "DEU") == 100
    assert cell(trade, "value_kusd", "magnet", 2020, "DEU", "CHN") == 0


def test_own_trade_is_absent_and_a_flow_to_oneself_is_left_out_with_its_share(make_flows, chain):
    flows = make_flows((2020, "CHN", "CHN", "850511", 25.0, 1.0), (2020, "CHN", "DEU", "850511", 75.0, 1.0))
    with pytest.warns(DataWarning, match=r"1 flows of a country to itself \(re-imports, 25.00% of value\)"):
        trade = build(flows, chain, "magnets")
    diagonal = trade["value_kusd"].to_numpy()[..., [0, 1], [0, 1]]
    assert np.isnan(diagonal).all()
    assert (trade["status"].to_numpy()[..., [0, 1], [0, 1]] == Status.OWN).all()


@pytest.mark.parametrize(
    ("absence", "status", "value"),
    [("zero", Status.KNOWN, 0.0), ("cut", Status.CUT, 0.0), ("missing", Status.MISSING, np.nan)],
)
def test_absence_means_what_the_source_declares(make_flows, chain, absence, status, value):
    trade = build(magnets(make_flows, absence=absence), chain, "magnets")
    assert cell(trade, "status", "magnet", 2020, "DEU", "CHN") == status
    np.testing.assert_equal(cell(trade, "value_kusd", "magnet", 2020, "DEU", "CHN"), value)
    np.testing.assert_equal(cell(trade, "quantity_t", "magnet", 2020, "DEU", "CHN"), value)
    assert cell(trade, "status", "magnet", 2020, "CHN", "DEU") == Status.KNOWN


def test_reported_is_zero_where_either_side_reports_and_missing_where_neither(make_flows, chain):
    flows = pl.concat(
        [
            # Germany reports in 2020 (as importer); China, Myanmar and Laos do not; in 2021 China reports.
            make_flows((2020, "MMR", "DEU", "850511", 5.0, 1.0), absence="reported", quality="importer"),
            make_flows((2021, "CHN", "LAO", "850511", 5.0, 1.0), absence="reported", quality="exporter"),
        ]
    )
    trade = build(flows, chain, "magnets")
    assert cell(trade, "status", "magnet", 2020, "CHN", "DEU") == Status.KNOWN
    assert cell(trade, "status", "magnet", 2020, "DEU", "LAO") == Status.KNOWN
    assert cell(trade, "value_kusd", "magnet", 2020, "DEU", "LAO") == 0
    assert cell(trade, "status", "magnet", 2020, "CHN", "LAO") == Status.MISSING
    assert np.isnan(cell(trade, "value_kusd", "magnet", 2020, "CHN", "LAO"))
    assert cell(trade, "status", "magnet", 2021, "MMR", "CHN") == Status.KNOWN
    assert cell(trade, "status", "magnet", 2021, "MMR", "DEU") == Status.MISSING


def test_a_reporter_seen_in_another_product_reports(make_flows, chain):
    flows = pl.concat(
        [
            make_flows((2020, "CHN", "DEU", "850511", 5.0, 1.0), absence="reported", quality="exporter"),
            make_flows((2020, "MMR", "LAO", "111111", 5.0, 1.0), absence="reported", quality="importer"),
        ]
    )
    trade = build(flows, chain, "magnets", countries=["CHN", "DEU", "LAO"])
    assert cell(trade, "status", "magnet", 2020, "DEU", "LAO") == Status.KNOWN


def test_stages_follow_exporter_and_year(make_flows, chain):
    flows = make_flows(
        (2017, "MMR", "CHN", "284690", 1.0, 1.0),
        (2018, "MMR", "CHN", "284690", 2.0, 1.0),
        (2017, "USA", "CHN", "284690", 4.0, 1.0),
        (2018, "USA", "CHN", "284690", 8.0, 1.0),
        (2017, "CHN", "JPN", "284690", 16.0, 1.0),
        (2017, "CHN", "JPN", "850511", 32.0, 1.0),
        (2018, "CHN", "JPN", "850511", 64.0, 1.0),
        (2018, "CHN", "JPN", "270112", 1000.0, 1.0),
    )
    with pytest.warns(DataWarning, match="Stage downstream has no flow of 280530 in 2017–2018"):
        trade = build(flows, chain)
    value = trade["value_kusd"].sum(("exporter", "importer"))
    # The US is upstream from 2018 on; its flow of 2017 belongs to no stage of this chain.
    assert value.sel(stage="upstream").values.tolist() == [1.0, 10.0]
    assert value.sel(stage="downstream").values.tolist() == [48.0, 64.0]


def test_mass_is_unknown_where_any_positive_value_has_none(make_flows, chain):
    flows = make_flows(
        (2020, "CHN", "DEU", "850511", 100.0, 2.0),
        (2020, "CHN", "DEU", "280530", 10.0, None),
        (2020, "CHN", "JPN", "850511", 100.0, 2.0),
        (2020, "CHN", "JPN", "280530", 0.0, None),
        (2020, "CHN", "JPN", "284690", 1.0, 3.0),
        (2020, "MMR", "CHN", "284690", 1.0, 3.0),
    )
    with pytest.warns(DataWarning, match="Metals hold scandium"):
        trade = build(flows, chain)
    assert np.isnan(cell(trade, "quantity_t", "downstream", 2020, "CHN", "DEU"))
    assert cell(trade, "value_kusd", "downstream", 2020, "CHN", "DEU") == 110
    assert cell(trade, "quantity_t", "downstream", 2020, "CHN", "JPN") == 5
    assert cell(trade, "quantity_t", "downstream", 2020, "JPN", "DEU") == 0


def test_warnings_of_the_chain_apply_to_codes_held_and_come_once(make_flows, chain):
    flows = make_flows((2020, "CHN", "DEU", "280530", 10.0, 1.0), (2020, "MMR", "CHN", "284690", 1.0, 1.0))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        trade = build(flows, chain)
    assert [one.category for one in seen] == [DataWarning]
    assert "Metals hold scandium." in trade.attrs["warnings"]
    assert not any("253090" in note for note in trade.attrs["warnings"])
    assert all(note in str(seen[0].message) for note in trade.attrs["warnings"])


def test_a_stage_without_any_flow_is_left_out_and_named(make_flows, chain):
    with pytest.warns(DataWarning, match="Stage upstream is left out: the flows hold nothing of it"):
        trade = build(magnets(make_flows), chain)
    assert trade["stage"].values.tolist() == ["downstream"]


def test_a_stage_without_flows_in_one_year_is_named(make_flows, chain):
    flows = make_flows(
        (2019, "MMR", "CHN", "284690", 1.0, 1.0),
        (2019, "CHN", "JPN", "850511", 1.0, 1.0),
        (2020, "CHN", "JPN", "850511", 1.0, 1.0),
    )
    with pytest.warns(DataWarning, match="Stage upstream has no flow at all in 2020"):
        trade = build(flows, chain)
    assert (trade["value_kusd"].sel(stage="upstream", year=2020).sum()) == 0


def test_years_are_exactly_those_asked_for(make_flows, chain):
    flows = magnets(make_flows)
    assert build(flows, chain, "magnets", years=[2021])["year"].values.tolist() == [2021]
    with pytest.raises(InputError, match=r"no flows at all in 2018, 2019; the flows hold 2020–2021"):
        build(flows, chain, "magnets", years=range(2018, 2022))


def test_countries_are_exactly_those_asked_for(make_flows, chain):
    flows = magnets(make_flows)
    trade = build(flows, chain, "magnets", countries=["JPN", "DEU", "CHN", "FJI"])
    assert trade["exporter"].values.tolist() == ["JPN", "DEU", "CHN", "FJI"]
    assert float(trade["value_kusd"].sel(importer="FJI").sum()) == 0
    assert cell(trade, "value_kusd", "magnet", 2020, "CHN", "DEU") == 100


def test_flows_of_other_countries_are_an_error_or_said(make_flows, chain):
    flows = magnets(make_flows)
    said = r"2 flows \(54.55% of value\) of 1 countries not asked for: JPN"
    with pytest.raises(InputError, match=said):
        build(flows, chain, "magnets", countries=["CHN", "DEU"])
    with pytest.warns(DataWarning, match=said):
        trade = build(flows, chain, "magnets", countries=["CHN", "DEU"], rest="drop")
    assert float(trade["value_kusd"].sum()) == 100


@pytest.mark.parametrize(("countries", "fault"), [(["CHN", "XQX"], "XQX"), (["CHN", "CHN"], "CHN"), ([], "empty")])
def test_countries_must_be_distinct_and_known(make_flows, chain, countries, fault):
    with pytest.raises(InputError, match=fault):
        build(magnets(make_flows), chain, "magnets", countries=countries)


def test_vintages_do_not_mix(make_flows, chain):
    flows = pl.concat([magnets(make_flows), make_flows((2022, "CHN", "DEU", "850511", 1.0, 1.0), hs_version="HS17")])
    with pytest.raises(InputError, match="HS17, HS92"):
        build(flows, chain, "magnets")


def test_one_flow_from_two_sources_is_not_counted_twice(make_flows, chain):
    flows = pl.concat([magnets(make_flows), magnets(make_flows, source_version="V202501")])
    with pytest.raises(InputError, match=r"stands 2 times \(from baci V202501, baci V202601\)"):
        build(flows, chain, "magnets")


def test_a_stage_and_year_has_one_declaration_of_absence(make_flows, chain):
    flows = pl.concat([magnets(make_flows), make_flows((2020, "DEU", "CHN", "850511", 1.0, 1.0), absence="cut")])
    with pytest.raises(InputError, match="declare absence both as cut and zero"):
        build(flows, chain, "magnets")


def test_sources_may_change_from_year_to_year(make_flows, chain):
    flows = pl.concat(
        [
            magnets(make_flows).filter(pl.col("year") == 2020),
            magnets(make_flows, source="comtrade", source_version="2026-01", absence="cut").filter(
                pl.col("year") == 2021
            ),
        ]
    )
    trade = build(flows, chain, "magnets")
    assert trade.attrs["sources"] == ["baci V202601", "comtrade 2026-01"]
    assert cell(trade, "status", "magnet", 2020, "DEU", "CHN") == Status.KNOWN
    assert cell(trade, "status", "magnet", 2021, "DEU", "CHN") == Status.CUT


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_values_must_be_finite_and_not_negative(make_flows, chain, value):
    with pytest.raises(SchemaError, match="row 1: value_kusd"):
        build(make_flows((2020, "CHN", "DEU", "850511", value, 1.0)), chain, "magnets")


def test_what_is_no_table_of_flows_is_refused_in_words(make_flows, chain):
    flows = magnets(make_flows)
    with pytest.raises(InputError, match="not a polars DataFrame"):
        build(flows.to_dict(), chain, "magnets")
    with pytest.raises(InputError, match="no chain is named"):
        build(flows, None)
    with pytest.raises(SchemaError, match="not ISO 3166 alpha-3 codes: ZZZ"):
        build(flows.with_columns(exporter=pl.lit("ZZZ")), chain, "magnets")
    with pytest.raises(InputError, match="of a country to itself"):
        build(make_flows((2020, "CHN", "CHN", "850511", 1.0, 1.0)), chain, "magnets")


def test_columns_must_be_there(make_flows, chain):
    with pytest.raises(SchemaError, match="flows lack the columns quality, absence"):
        build(magnets(make_flows).drop("quality", "absence"), chain, "magnets")


def test_no_flow_of_the_chain_and_unknown_staging(make_flows, chain):
    with pytest.raises(InputError, match="no flow belongs to a stage"):
        build(make_flows((2020, "CHN", "DEU", "270112", 1.0, 1.0)), chain)
    with pytest.raises(InputError, match="no staging 'three'"):
        build(magnets(make_flows), chain, "three")


def test_reconstructed_flows_are_marked(make_flows, chain):
    assert build(magnets(make_flows, quality="reconstructed"), chain, "magnets").attrs["reconstructed"] is True


def test_summary_counts_what_the_cube_holds(make_flows, chain):
    table = summary(build(magnets(make_flows, absence="cut"), chain, "magnets"))
    assert table.rows() == [("magnet", 2020, 3, 2, 150.0, 0, 4, 0), ("magnet", 2021, 2, 1, 70.0, 1, 5, 0)]


PARTNERS = ("CHN", "DEU", "JPN", "USA")
ROWS = st.dictionaries(
    st.tuples(
        st.integers(2018, 2020),
        st.sampled_from(PARTNERS),
        st.sampled_from(PARTNERS),
        st.sampled_from(["850511", "284690", "280530"]),
    ).filter(lambda key: key[1] != key[2]),
    st.tuples(st.floats(0, 1e7), st.none() | st.floats(0, 1e6)),
    min_size=1,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_value_and_mass_are_conserved(make_flows, chain, rows):
    """Cubes hold each stage's value to the last dollar, whatever the rows (recount by plain Python)."""
    flows = make_flows(*((*key, *amounts) for key, amounts in rows.items()))
    wanted: dict[tuple[str, int], float] = {}
    masses: dict[tuple[str, int, str, str], list[float | None]] = {}
    for (year, exporter, importer, hs6), (value, mass) in rows.items():
        stage = "upstream" if hs6 == "284690" and exporter == "USA" else "downstream"
        wanted[stage, year] = wanted.get((stage, year), 0.0) + value
        if not (mass is None and value == 0):
            masses.setdefault((stage, year, exporter, importer), []).append(mass)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        trade = build(flows, chain)
    for (stage, year), value in wanted.items():
        total = float(trade["value_kusd"].sel(stage=stage, year=year).sum())
        assert total == pytest.approx(value, rel=1e-12)
    assert float(trade["value_kusd"].sum()) == pytest.approx(sum(wanted.values()), rel=1e-12)
    for key, parts in masses.items():
        mass = cell(trade, "quantity_t", *key)
        assert np.isnan(mass) if None in parts else mass == pytest.approx(sum(parts), rel=1e-12)


@pytest.mark.slow
def test_a_large_cube_loses_nothing():
    """Five stages, thirty years, 230 countries at a density of a fifth."""
    from types import SimpleNamespace

    from xenotime.reference import country_names

    countries = sorted(country_names())[:230]
    codes = [f"85051{k}" for k in range(5)]
    rng = np.random.default_rng(1)
    traded = rng.random((5, 30, 230, 230)) < 0.2
    traded[..., range(230), range(230)] = False
    code, year, exporter, importer = np.nonzero(traded)
    flows = pl.DataFrame(
        {
            "year": (year + 1995).astype(np.int16),
            "exporter": np.array(countries)[exporter],
            "importer": np.array(countries)[importer],
            "hs6": np.array(codes)[code],
            "value_kusd": rng.random(len(code)),
            "quantity_t": rng.random(len(code)),
        }
    ).with_columns(
        hs_version=pl.lit("HS92"),
        quality=pl.lit("published"),
        absence=pl.lit("zero"),
        source=pl.lit("baci"),
        source_version=pl.lit("V202601"),
    )
    selects = pl.DataFrame({"hs6": codes, "stage": [f"stage{k}" for k in range(5)]}).with_columns(
        exporters=pl.lit(None, pl.List(pl.String)),
        except_exporters=pl.lit(None, pl.List(pl.String)),
        year_from=pl.lit(None, pl.Int16),
        year_to=pl.lit(None, pl.Int16),
    )
    large = SimpleNamespace(
        name="large",
        staging=lambda name=None: SimpleNamespace(name="five", warnings=()),
        selects=lambda name=None: selects,
        stage_names=lambda name=None: tuple(selects["stage"]),
    )
    trade = build(flows, large)
    assert float(trade["value_kusd"].sum()) == pytest.approx(flows["value_kusd"].sum(), rel=1e-9)
    assert int((trade["value_kusd"] > 0).sum()) == flows.height
