"""Networks of events against hand-made numbers and recounts in plain Python."""

from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from event_worlds import CODES, NAMES, counts_of, days_of, drawn

from xenotime import geopolitics as geo
from xenotime.core import DataWarning, InputError

ECONOMIC = ("0211", "0254", "0311", "0354", "061", "071", "085", "1054", "1211", "1244", "1312", "1621", "163")
SMALL = [
    (2001, "USA", "CHN", "042", 3),
    (2001, "CHN", "USA", "042", 1),
    (2001, "USA", "CHN", "061", 10),  # economic
    (2001, "USA", "CHN", "190", 4),
    (2001, "JPN", "USA", "073", 2),
    (2001, "USA", "USA", "042", 50),  # at home
    (2003, "USA", "JPN", "111", 5),
]


def recount(counts, network, year, *, economic, directed):
    """Events by pair, counted row by row."""
    found = defaultdict(int)
    for row in counts.iter_rows(named=True):
        kind, side = row["quad"].split()
        if row["year"] != year or row["actor"] == row["target"] or (row["code"] in ECONOMIC and not economic):
            continue
        if network == "total" or network in (side, f"{kind}_{side}"):
            found[row["actor"], row["target"]] += row["events"]
            if not directed:
                found[row["target"], row["actor"]] += row["events"]
    return found


@pytest.mark.parametrize("economic", [False, True])
@pytest.mark.parametrize("directed", [False, True])
def test_counts_equal_a_recount(economic, directed):
    counts = drawn(1)
    made = geo.event_networks(counts, normalise="none", transform="none", economic=economic, directed=directed)
    assert set(made.data_vars) == {
        "cooperation", "conflict", "verbal_cooperation", "material_cooperation", "verbal_conflict",
        "material_conflict", "total",
    }  # fmt: skip
    for name in made.data_vars:
        for year in (2001, 2002, 2004):
            expected = recount(counts, name, year, economic=economic, directed=directed)
            for i in NAMES:
                for j in NAMES:
                    if i != j:
                        assert made[name].sel(year=year, actor=i, target=j).item() == expected[i, j]
    economic_events = counts.filter(pl.col("code").is_in(["061", "163"]))["events"].sum()
    assert made.attrs["economic_events"] == (0 if economic else economic_events)


def test_by_hand_per_hundred_thousand_events_of_the_source_year():
    made = geo.event_networks(counts_of(SMALL), transform="none")
    # 2001: 3 + 1 + 4 + 2 = 10 events between countries that are not economic.
    assert made.attrs["source_year_events"] == {2001: 10, 2003: 5}
    pair = made.sel(year=2001, actor="CHN", target="USA")
    assert pair["cooperation"].item() == 40_000
    assert pair["conflict"].item() == 40_000
    assert pair["total"].item() == 80_000
    assert pair["material_cooperation"].item() == 0
    assert made["total"].sel(year=2001, actor="JPN", target="CHN").item() == 0
    assert made["conflict"].attrs["unit"] == "events per 100,000 events of the source-year"
    said = " ".join(made.attrs["choices"])
    for words in ("icews 1", "10 events with economic CAMEO codes", "50 events within one country", "Undirected"):
        assert words in said
    assert made["conflict"].attrs["choices"] == made.attrs["choices"]


def test_choosing_countries_changes_no_share():
    counts = drawn(2)
    whole, part = (geo.event_networks(counts, countries=names) for names in (NAMES, ["USA", "CHN"]))
    picked = whole.sel(actor=["USA", "CHN"], target=["USA", "CHN"])
    np.testing.assert_allclose(part["conflict"].values, picked["conflict"].values)


def test_goldstein_by_hand():
    rows = [(2001, "USA", "CHN", code, 2) for code in ("012", "042", "190")]
    made = geo.event_networks(counts_of(rows), measure="goldstein", normalise="none", transform="none", directed=True)
    pair = made.sel(year=2001, actor="USA", target="CHN")
    assert pair["cooperation"].item() == pytest.approx(3.8)  # 012 is scored -0.4 and counts 0
    assert pair["conflict"].item() == pytest.approx(20)
    assert pair["total"].item() == 6
    assert made["cooperation"].sel(year=2001, actor="CHN", target="USA").item() == 0


def test_share_of_the_pair_takes_salience_out():
    made = geo.event_networks(counts_of(SMALL), measure="share", transform="none")
    pair = made.sel(year=2001, actor="CHN", target="USA")
    assert pair["cooperation"].item() == pytest.approx(0.5)
    assert pair["conflict"].item() == pytest.approx(0.5)
    assert made["cooperation"].sel(year=2003, actor="CHN", target="USA").item() == 0
    assert pair["total"].item() == 80_000  # salience stays what it is


def test_per_observed_day():
    made = geo.event_networks(
        counts_of(SMALL), days_of({2001: 200, 2002: 365, 2003: 365}), normalise="day", transform="none"
    )
    assert made["cooperation"].sel(year=2001, actor="CHN", target="USA").item() == pytest.approx(4 / 200)
    assert made.attrs["days_observed"] == {2001: 200, 2002: 365, 2003: 365}
    assert made.attrs["covered_years"] == [2001, 2002, 2003]
    assert made["cooperation"].sel(year=2002, actor="CHN", target="USA").item() == 0
    assert any("growth" in word for word in made.attrs["choices"])


def test_missing_is_a_state():
    made = geo.event_networks(counts_of(SMALL), years=range(2000, 2004), countries=["CHN", "JPN", "USA", "ABW"])
    total = made["total"]
    assert total.sel(year=[2000, 2002]).isnull().all()
    assert total.sel(actor="ABW").isnull().all()
    assert total.sel(target="ABW").isnull().all()
    assert all(total.sel(actor=one, target=one).isnull().all() for one in ("CHN", "USA"))
    assert total.sel(year=2003, actor="CHN", target="JPN").item() == 0
    assert made.attrs["missing_years"] == [2000, 2002]
    assert made.attrs["unknown_countries"] == ["ABW"]
    assert "Not covered, so missing: 2000, 2002." in made.attrs["choices"]
    can = geo.event_networks(counts_of(SMALL), countries=["CHN", "USA", "ABW"], known=["CHN", "USA", "ABW"])
    assert (can["total"].sel(actor="ABW", target="USA") == 0).all()


def test_classes_can_be_chosen():
    counts = drawn(3)
    only = ("material cooperation", "material conflict")
    made, whole = (geo.event_networks(counts, quads=q, transform="none") for q in (only, geo.events.QUADS))
    assert "verbal_conflict" not in made
    np.testing.assert_allclose(made["conflict"], whole["material_conflict"])
    np.testing.assert_allclose(made["total"], whole["total"])


def test_rank_and_residual_by_hand():
    rows = [(2001, "CHN", "JPN", "042", 1), (2001, "CHN", "USA", "042", 5), (2001, "JPN", "RUS", "042", 5)]
    ranked = geo.event_networks(counts_of(rows), normalise="none", transform="rank")["cooperation"].sel(year=2001)
    # Six pairs: three without an event, one of 1, two of 5.
    assert ranked.sel(actor="RUS", target="USA").item() == 0
    assert ranked.sel(actor="CHN", target="JPN").item() == pytest.approx(3 / 6)
    assert ranked.sel(actor="USA", target="CHN").item() == pytest.approx(4 / 6)

    counts = drawn(4, years=(2001,))
    made = geo.event_networks(counts, directed=True, transform="residual")["conflict"].values[0]
    plain = geo.event_networks(counts, directed=True, transform="log1p")["conflict"].values[0]
    off = ~np.eye(len(plain), dtype=bool)
    i, j = np.nonzero(off)
    design = np.hstack([np.eye(len(plain))[i], np.eye(len(plain))[j]])
    y = plain[off]
    expected = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(made[off], expected, atol=1e-9)


def test_several_sources_are_never_mixed_in_silence():
    both = pl.concat([drawn(1), drawn(2).with_columns(source=pl.lit("gdelt"))])
    with pytest.raises(InputError, match="several sources: gdelt, icews"):
        geo.event_networks(both)
    made = geo.event_networks(both, source="icews")
    np.testing.assert_array_equal(made["total"], geo.event_networks(drawn(1))["total"])
    twice = pl.concat([drawn(1), drawn(2).with_columns(source_version=pl.lit("2"))])
    with pytest.raises(InputError, match="two versions of icews for 2001: 1, 2"):
        geo.event_networks(twice)
    with pytest.raises(InputError, match="no rows of source 'polecat'"):
        geo.event_networks(drawn(1), source="polecat")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"measure": "tone"}, "no measure 'tone'"),
        ({"normalise": "month"}, "no normalisation 'month'"),
        ({"transform": "sqrt"}, "no transform 'sqrt'"),
        ({"measure": "share", "normalise": "day"}, "cannot be normalised"),
        ({"quads": ["neutral"]}, "no class of events 'neutral'"),
        ({"quads": []}, "no class of events given"),
        ({"normalise": "day"}, "not known for 2001-2002, 2004"),
        ({"countries": ["USA", "USA"]}, "USA"),
        ({"countries": ["XYZ"]}, "XYZ"),
        ({"days": days_of({2001: 3}, "gdelt")}, "days of gdelt"),
    ],
)
def test_what_cannot_be_is_refused(choice, said):
    with pytest.raises(InputError, match=said):
        geo.event_networks(drawn(1), **choice)


def test_thin_years_and_other_codes_are_said():
    with pytest.warns(DataWarning, match=r"fewer than 180 days: 2001 \(1 days\)"):
        made = geo.event_networks(counts_of(SMALL), days_of({2001: 1, 2003: 300}))
    assert made.attrs["choices"][-1] == made.attrs["warnings"][0]
    plover = counts_of(SMALL).with_columns(code=pl.lit("CONSULT"))
    with pytest.warns(DataWarning, match="No code of these events is a CAMEO code"):
        made = geo.event_networks(plover)
    assert made.attrs["economic_events"] == 0


def test_economic_codes_are_those_of_the_facts():
    rows = pl.concat(
        [
            counts_of([(2001, "USA", "CHN", "042", 1)]).with_columns(code=pl.lit(code))
            for code in (*ECONOMIC, "060", "062", "070", "162", "1")
        ]
    )
    made = geo.event_networks(rows, normalise="none", transform="none")
    assert made["total"].sel(year=2001, actor="USA", target="CHN").item() == 5
    assert made.attrs["economic_events"] == len(ECONOMIC)


def test_scores_of_the_made_up_codes_are_the_reference_s():
    from xenotime.reference import cameo

    known = {row["code"]: (row["quad"], row["goldstein"]) for row in cameo().iter_rows(named=True)}
    assert {code: known[code] for code in CODES} == CODES


def test_only_the_years_asked_for_are_counted_and_none_may_be_covered():
    made = geo.event_networks(counts_of(SMALL), years=[2003])
    assert made.attrs["economic_events"] == made.attrs["domestic_events"] == 0
    assert made.attrs["source_year_events"] == {2003: 5}
    with pytest.warns(DataWarning, match=r"icews 1 covers none of 1990-1991, but 20"):
        none = geo.event_networks(counts_of(SMALL), years=[1990, 1991])
    assert none.to_array().isnull().all()
    assert "years none" in none.attrs["choices"][0]
    assert geo.centralities(none["conflict"]).to_array().isnull().all()
    assert geo.summary(none)["pairs"].to_list() == [0, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda counts: counts.drop("quad"), "no column 'quad'"),
        (lambda counts: counts.to_pandas(), "a DataFrame is given, not a polars"),
        (lambda counts: counts.lazy(), "a LazyFrame is given"),
        (lambda counts: pl.concat([counts, counts.head(1)]), "two rows of 2001, USA, CHN, 042"),
        (lambda counts: counts.with_columns(-pl.col("events")), "'events' is -3 in 7 rows"),
        (lambda counts: counts.with_columns(events=pl.lit(None, pl.Int64)), "'events' is None in 7 rows"),
        (lambda counts: counts.with_columns(intensity_sum=pl.lit(float("nan"))), "'intensity_sum' is nan in 7 rows"),
    ],
)
def test_a_table_that_is_none_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        geo.event_networks(change(counts_of(SMALL)), measure="goldstein")


def test_pairs_need_two_countries_and_a_year():
    with pytest.raises(InputError, match="USA alone makes no pair"):
        geo.event_networks(counts_of(SMALL), countries="USA")
    with pytest.raises(InputError, match="no year is given"):
        geo.event_networks(counts_of(SMALL), years=[])


def test_one_class_may_be_named_without_a_list():
    one = geo.event_networks(counts_of(SMALL), quads="material conflict")
    assert one.identical(geo.event_networks(counts_of(SMALL), quads=["material conflict"]))
    assert "verbal_conflict" not in one
