import polars as pl
import pytest

from xenotime.core import SchemaError
from xenotime.schema import TABLES, check, empty, failures

GOOD = {
    "year": 2022,
    "exporter": "CHN",
    "importer": "DEU",
    "hs6": "850511",
    "hs_version": "HS92",
    "value_kusd": 1.5,
    "quantity_t": None,
    "quality": "published",
    "absence": "zero",
    "source": "baci",
    "source_version": "V202601",
}


def flows(**changes):
    return pl.DataFrame([GOOD, GOOD | changes], schema=TABLES["flows"].dtypes, strict=False)


def test_a_good_table_passes_unchanged():
    assert check(flows(), "flows", where="here").equals(flows())
    assert failures(flows(), "flows").is_empty()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("year", 1492, "between 1900 and 2100"),
        ("exporter", "China", "must match"),
        ("hs6", "8505", "must match"),
        ("value_kusd", -1.0, "between 0 and 1e+09"),
        ("value_kusd", 1e300, "between 0 and 1e+09"),
        ("value_kusd", None, "must not be empty"),
        ("value_kusd", float("nan"), "finite"),
        ("quantity_t", float("inf"), "finite"),
        ("quality", "guessed", "one of published"),
    ],
)
def test_a_bad_cell_is_named_once_with_row_value_and_rule(column, value, rule):
    found = failures(flows(**{column: value}), "flows")
    assert found.height == 1
    assert found.row(0, named=True)["column"] == column
    with pytest.raises(SchemaError) as error:
        check(flows(**{column: value}), "flows", where="a.csv")
    assert "a.csv, row 2" in str(error.value)
    assert rule in str(error.value)


def test_a_missing_a_strange_and_a_mistyped_column_are_named():
    frame = flows().drop("value_kusd").with_columns(extra=1, year=pl.lit("2022"))
    said = dict(failures(frame, "flows").select("column", "rule").iter_rows())
    assert said["value_kusd"] == "is missing"
    assert said["extra"] == "is not a column of this table"
    assert "year" in said


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_a_valid_empty_form_and_its_key_among_its_columns(table):
    assert check(empty(table), table, where=table).is_empty()
    assert set(TABLES[table].key) <= set(TABLES[table].columns)
