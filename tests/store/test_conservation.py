"""Whatever flows go in, in whatever order and pieces, the sums by country and product come out."""

import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from store_pieces import CODES, parcel

from xenotime.store import open_store, writer

COUNTRIES = ("AUS", "CHN", "DEU", "JPN", "MMR", "USA")
KEYS = st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(COUNTRIES), st.sampled_from(CODES))
VALUES = st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000)
YEAR = st.dictionaries(KEYS, st.tuples(VALUES, st.none() | VALUES), max_size=30)


@settings(max_examples=25, deadline=None)
@given(years=st.dictionaries(st.integers(2000, 2004), YEAR, min_size=1), shuffled=st.randoms(use_true_random=False))
def test_sums_by_country_and_product_are_conserved(years, shuffled):
    exports: dict[tuple, float] = defaultdict(float)
    with tempfile.TemporaryDirectory() as folder:
        order = list(years)
        shuffled.shuffle(order)
        with writer(Path(folder) / "s") as work:
            for year in order:
                rows = [(*key, *cell) for key, cell in years[year].items()]
                shuffled.shuffle(rows)
                work.put(parcel(year, rows))
        for year, cells in years.items():
            for (exporter, _, hs6), (value, _) in cells.items():
                exports[year, exporter, hs6] += value
        read = open_store(Path(folder) / "s").flows()
    assert read.height == sum(len(cells) for cells in years.values())
    found: dict[tuple, float] = defaultdict(float)
    for row in read.iter_rows(named=True):
        found[row["year"], row["exporter"], row["hs6"]] += row["value_kusd"]
    assert found.keys() == exports.keys()
    assert all(abs(found[key] - exports[key]) < 1e-6 * max(1.0, exports[key]) for key in exports)
    missing = sum(mass is None for cells in years.values() for _, mass in cells.values())
    assert read["quantity_t"].null_count() == missing
