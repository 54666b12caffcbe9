"""A small made-up source of events: four years, eight countries, economic and other codes of all four classes."""

from functools import cache
from itertools import product

import numpy as np
import polars as pl

from xenotime.schema import TABLES

NAMES = ("CHN", "DEU", "IND", "ISR", "JPN", "PAK", "RUS", "USA")
#: CAMEO code: class, Goldstein score. 061 and 163 are economic; 012 is cooperative with a negative score.
CODES = {
    "012": ("verbal cooperation", -0.4),
    "042": ("verbal cooperation", 1.9),
    "057": ("verbal cooperation", 8.0),
    "061": ("material cooperation", 6.4),
    "073": ("material cooperation", 7.4),
    "111": ("verbal conflict", -2.0),
    "138": ("verbal conflict", -7.0),
    "163": ("material conflict", -8.0),
    "190": ("material conflict", -10.0),
}


def counts_of(rows, source="icews", version="1"):
    """(year, actor, target, code, events) to the table."""
    return pl.DataFrame(
        {
            "year": [row[0] for row in rows],
            "actor": [row[1] for row in rows],
            "target": [row[2] for row in rows],
            "code": [row[3] for row in rows],
            "quad": [CODES[row[3]][0] for row in rows],
            "events": [row[4] for row in rows],
            "intensity_sum": [CODES[row[3]][1] * row[4] for row in rows],
            "source": [source] * len(rows),
            "source_version": [version] * len(rows),
        },
        schema=TABLES["event_counts"].dtypes,
    )


def days_of(days, source="icews"):
    return pl.DataFrame(
        {
            "year": list(days),
            "days": list(days.values()),
            "read": [1000] * len(days),
            "counted": [900] * len(days),
            "source": [source] * len(days),
            "source_version": ["1"] * len(days),
        },
        schema=TABLES["event_days"].dtypes,
    )


@cache
def drawn(seed, years=(2001, 2002, 2004), names=NAMES, share=0.4):
    rng = np.random.default_rng(seed)
    rows = [
        (year, actor, target, code, int(rng.integers(1, 60)))
        for year, actor, target, code in product(years, names, names, CODES)
        if rng.random() < share
    ]
    return counts_of(rows)
