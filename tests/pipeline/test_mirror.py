"""Mirror reconciliation on made-up reports: one-sided exact, two-sided between the two, known weights found."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xenotime.core import InputError
from xenotime.pipeline import mirror
from xenotime.schema import TABLES, check

REPORTS = TABLES["reports"].dtypes
KEY = ["exporter", "importer", "hs6"]


def reports(*rows, year=2022, hs_version="HS17", version="test"):
    """Rows (reporter, partner, flow, hs6, value, quantity)."""
    return pl.DataFrame(
        [(year, r, p, f, h, hs_version, v, q, "comtrade", version) for r, p, f, h, v, q in rows],
        schema=REPORTS,
        orient="row",
    )


def fixed(weight):
    return mirror.Reliability({}, {}, math.sqrt(weight / (1 - weight)), 1.0, 0, "mirror reports")


def world(seed, exporters, importers, products=40):
    """Reports around true values, with the given log standard deviations."""
    random = np.random.default_rng(seed)
    rows = []
    for h in range(products):
        for i, s in exporters.items():
            for j, t in importers.items():
                true = random.lognormal(4, 1)
                rows.append((j, i, "import", f"{280000 + h}", true * math.exp(t * random.normal()), None))
                rows.append((i, j, "export", f"{280000 + h}", true * math.exp(s * random.normal()), None))
    return reports(*rows)


def test_one_sided_flows_equal_the_report_and_two_sided_are_the_weighted_mean():
    given_reports = reports(
        ("JPN", "CHN", "import", "850511", 110.0, 12.0),
        ("CHN", "JPN", "export", "850511", 100.0, 10.0),
        ("JPN", "MMR", "import", "284690", 7.5, None),
        ("CHN", "VNM", "export", "284690", 3.25, 1.0),
        ("CHN", "CHN", "import", "850511", 99.0, None),
    )
    flows = check(mirror.reconcile(given_reports, fixed(0.75)), "flows", where="test")
    got = {(r["exporter"], r["importer"]): r for r in flows.iter_rows(named=True)}
    assert len(got) == 3  # own trade is left out
    assert got["CHN", "JPN"]["value_kusd"] == pytest.approx(0.75 * 110 + 0.25 * 100)
    assert got["CHN", "JPN"]["quantity_t"] == pytest.approx(0.75 * 12 + 0.25 * 10)
    assert (got["MMR", "JPN"]["value_kusd"], got["MMR", "JPN"]["quality"]) == (7.5, "importer")
    assert (got["CHN", "VNM"]["value_kusd"], got["CHN", "VNM"]["quality"]) == (3.25, "exporter")
    assert got["CHN", "JPN"]["quality"] == "both"
    assert flows["absence"].unique().to_list() == ["reported"]


def test_quantity_of_the_one_side_that_gives_it():
    flows = mirror.reconcile(
        reports(("JPN", "CHN", "import", "850511", 110.0, None), ("CHN", "JPN", "export", "850511", 100.0, 10.0))
    )
    assert flows["quantity_t"].to_list() == [10.0]


def test_vintages_are_never_matched():
    both = pl.concat(
        [
            reports(("JPN", "CHN", "import", "850511", 110.0, None)),
            reports(("CHN", "JPN", "export", "850511", 100.0, None), hs_version="HS22"),
        ]
    )
    assert sorted(mirror.reconcile(both)["quality"]) == ["exporter", "importer"]


VALUE = st.floats(0, 1e9, allow_nan=False)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.sampled_from(["280530", "850511"])),
        st.tuples(st.none() | VALUE, st.none() | VALUE),
        min_size=1,
        max_size=25,
    )
)
def test_bounds_and_completeness_for_any_reports(cells):
    rows, expected = [], {}
    for (a, b, h), (imported, exported) in cells.items():
        i, j = f"{a}AA", f"{b}AA"
        if imported is not None:
            rows.append((j, i, "import", h, imported, None))
        if exported is not None:
            rows.append((i, j, "export", h, exported, None))
        if i != j and (imported, exported) != (None, None):
            expected[i, j, h] = [value for value in (imported, exported) if value is not None]
    flows = mirror.reconcile(reports(*rows))
    values = {row[:3]: row[3] for row in flows.select(*KEY, "value_kusd").iter_rows()}
    assert values.keys() == expected.keys()
    for key, sides in expected.items():
        assert min(sides) <= values[key] <= max(sides)
        if len(sides) == 1:
            assert values[key] == sides[0]


def test_a_sloppy_reporter_gets_less_weight():
    exporters = {"AAA": 0.1, "BBB": 0.1, "CCC": 1.0}
    importers = {"DDD": 0.1, "EEE": 0.1, "FFF": 1.0}
    found = mirror.reliability(world(1, exporters, importers))
    assert found.exporters["CCC"] > 1.5 * max(found.exporters["AAA"], found.exporters["BBB"])
    assert found.importers["FFF"] > 1.5 * max(found.importers["DDD"], found.importers["EEE"])
    assert found.importer_weight("CCC", "DDD") > 0.85
    assert found.importer_weight("AAA", "FFF") < 0.4
    assert found.importer_weight("XXX", "YYY") == pytest.approx(mirror.IMPORTER_WEIGHT)


def test_estimated_weights_come_closer_to_the_truth_than_either_side_or_the_mean():
    exporters = {"AAA": 0.1, "BBB": 0.2, "CCC": 0.9}
    importers = {"DDD": 0.1, "EEE": 0.3, "FFF": 0.9}
    random = np.random.default_rng(5)
    rows, truth = [], {}
    for h in range(60):
        for i, s in exporters.items():
            for j, t in importers.items():
                true = truth[i, j, f"{280000 + h}"] = random.lognormal(4, 1)
                rows.append((j, i, "import", f"{280000 + h}", true * math.exp(t * random.normal()), None))
                rows.append((i, j, "export", f"{280000 + h}", true * math.exp(s * random.normal()), None))
    given_reports = reports(*rows)

    def deviation(flows):
        return np.median(
            [abs(math.log(v / truth[i, j, h])) for i, j, h, v in flows.select(*KEY, "value_kusd").iter_rows()]
        )

    estimated = deviation(mirror.reconcile(given_reports))
    for weight in (0.0001, 0.5, 0.68, 0.9999):
        assert estimated < deviation(mirror.reconcile(given_reports, fixed(weight)))


def test_a_reporter_of_noisy_products_is_not_a_noisy_reporter():
    random = np.random.default_rng(3)
    rows = []
    for h, noise, exporter in [("280001", 0.1, "AAA"), ("280002", 1.0, "BBB")]:
        for number in range(80):
            j, other = f"I{chr(65 + number % 20)}A", f"O{chr(65 + number % 20)}{chr(65 + number // 20)}"
            for i in (exporter, other):
                true = random.lognormal(4, 1)
                if (j, i, h) in {(r[0], r[1], r[3]) for r in rows}:
                    continue
                rows.append((j, i, "import", h, true * math.exp(noise * random.normal()), None))
                rows.append((i, j, "export", h, true * math.exp(noise * random.normal()), None))
    found = mirror.reliability(reports(*rows))
    assert found.exporters["BBB"] / found.exporters["AAA"] < 2  # the products' noise differs tenfold


def test_weights_behind_a_reconciled_table_are_recovered():
    s = {"AAA": 0.2, "BBB": 0.5, "CCC": 1.0}
    t = {"DDD": 0.3, "EEE": 0.6, "FFF": 1.5}
    given_reports = world(2, dict.fromkeys(s, 0.5), dict.fromkeys(t, 0.5), products=10)
    both = mirror.pairs(given_reports).with_columns(
        w=pl.struct("exporter", "importer").map_elements(
            lambda p: s[p["exporter"]] ** 2 / (s[p["exporter"]] ** 2 + t[p["importer"]] ** 2), return_dtype=pl.Float64
        )
    )
    truth = both.with_columns(
        # one flow in twelve made in another way: the importer's report taken whole, or something else altogether
        value_kusd=pl.when(pl.int_range(pl.len()) % 12 == 0)
        .then(pl.col("import_kusd") * 0.3 + pl.col("export_kusd") * 0.7)
        .otherwise(pl.col("w") * pl.col("import_kusd") + (1 - pl.col("w")) * pl.col("export_kusd"))
    )
    found = mirror.fit_reliability(given_reports, truth)
    assert found.method == "reconciled table"
    for i, a in s.items():
        for j, b in t.items():
            assert found.importer_weight(i, j) == pytest.approx(a**2 / (a**2 + b**2), abs=1e-3)


def test_nothing_reported_twice_leaves_every_reporter_typical():
    found = mirror.reliability(reports(("JPN", "CHN", "import", "850511", 1.0, None)))
    assert (found.exporters, found.flows) == ({}, 0)
    assert found.importer_weight("CHN", "JPN") == pytest.approx(mirror.IMPORTER_WEIGHT)
    assert "0 two-sided flows" in str(found)


def test_frame_lists_the_most_reliable_first():
    frame = mirror.reliability(world(1, {"AAA": 0.1, "BBB": 1.0}, {"CCC": 0.2})).to_frame()
    assert frame.filter(side="exporter")["country"].to_list() == ["AAA", "BBB"]
    assert frame.columns == ["country", "side", "discrepancy"]


def test_no_reports_no_flows():
    empty = pl.DataFrame(schema=REPORTS)
    assert mirror.reconcile(empty).schema == pl.Schema(TABLES["flows"].dtypes)


def test_what_cannot_be_reconciled_is_refused_in_words():
    row = ("JPN", "CHN", "import", "850511", 1.0, None)
    with pytest.raises(InputError, match="more than once"):
        mirror.reconcile(reports(row, row))
    with pytest.raises(InputError, match="several sources or versions"):
        mirror.reconcile(pl.concat([reports(row), reports(("USA", *row[1:]), version="other")]))
    with pytest.raises(InputError, match="no column 'flow'"):
        mirror.reconcile(reports(row).drop("flow"))
    with pytest.raises(InputError, match="strictly between"):
        mirror.fit_reliability(
            reports(row),
            pl.DataFrame(
                {"year": [2022], "exporter": ["CHN"], "importer": ["JPN"], "hs6": ["850511"], "value_kusd": [1.0]},
                schema_overrides={"year": pl.Int16},
            ),
        )
