"""Countries behind the numbers of the Correlates of War project, by year.

Most numbers stand for one country throughout, and `to_iso3(codes, "cow")` reads them. Two kept their number while the
country changed: 365 is the USSR and then Russia, 345 Yugoslavia, then Serbia and Montenegro, then Serbia. The project
counts states: Hong Kong, Macao, Greenland, Palestine and other territories have no number, so what builds on it knows
nothing of them.
"""

import polars as pl

from xenotime.reference.geography import codes, existing, to_iso3

#: Number to (last year, country) of the states that bore it before the present one.
_BEFORE = {"345": ((1991, "YUG"), (2005, "SCG")), "365": ((1990, "SUN"),)}

#: The Holy See has a number, and is no state of the system.
_HOLY_SEE = "327"


def cow_countries(numbers: pl.Series, years: pl.Series) -> pl.Series:
    """Translate numbers of the Correlates of War project to the countries they stood for in given years.

    Parameters
    ----------
    numbers : polars.Series
        Numbers, text or whole; null where unknown.
    years : polars.Series of int
        The year of each, as long.

    Returns
    -------
    polars.Series of str
        ISO3, null where the number is unknown.
    """
    rows = pl.DataFrame({"code": to_iso3(numbers, "cow"), "number": numbers.cast(pl.String), "year": years})
    plain = pl.col("number").str.strip_chars().str.replace(r"\.0$", "").str.strip_chars_start("0")
    found = pl.col("code")
    for number, states in _BEFORE.items():
        for last, country in reversed(states):
            found = pl.when((plain == number) & (pl.col("year") <= last)).then(pl.lit(country)).otherwise(found)
    return rows.select(found.alias(numbers.name)).to_series()


def cow_states(year: int) -> tuple[str, ...]:
    """Return the countries that sources of the Correlates of War can say anything about in a year, sorted.

    The states of its system that existed at the end of `year`. When small states were admitted to the system (Monaco
    in 1993, Kiribati in 1999) is not applied: they are taken to have no pacts and disputes before.
    """
    numbers = codes("cow").filter(pl.col("code") != _HOLY_SEE)["code"]
    states = cow_countries(numbers, pl.Series([year] * len(numbers)))
    return tuple(sorted(set(states.drop_nulls()) & set(existing(year))))
