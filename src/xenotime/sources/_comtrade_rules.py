"""What no good row of a Comtrade file does: one rule for each fault, with the reason and the remedy."""

import polars as pl

from xenotime.reference import codes
from xenotime.schema import HS_CHAPTERS, MOST_KUSD
from xenotime.sources._breakdown import MULTIPLE, MULTIPLES
from xenotime.sources._comtrade_files import SURPLUS
from xenotime.sources._dates import TOLERANCE
from xenotime.sources._rows import Rule

#: A row is a total where all of these hold.
TOTALS = {"customsCode": "C00", "motCode": "0", "partner2Code": "0"}
FIXED = "fetch with customsCode=C00, motCode=0, partner2Code=0"


def rules_of(names: dict[str, str], hs_version: str | None) -> list[Rule]:
    """Return the rules for rows with typed columns (`comtrade._typed`), in the order in which faults are named.

    Parameters
    ----------
    names : dict
        Field to the file's column.
    hs_version : str, optional
        The one vintage asked for.
    """
    known = codes("comtrade")["code"].str.strip_chars_start("0").to_list()
    year, value = pl.col("_year"), pl.col("_value")
    monthly = year.is_between(190001, 210012) | (
        pl.col(names["frequency"]) != "A" if "frequency" in names else pl.lit(False)
    )

    def rule(broken: pl.Expr, field: str, reason: str, remedy: str) -> Rule:
        return Rule(broken, names[field], pl.col(names[field]), reason, remedy)

    def country(field: str) -> list[Rule]:
        code, iso3 = pl.col(f"_{field}"), pl.col(f"_{field}_iso3")
        listed = code.str.strip_chars_start("0").is_in(known)
        return [
            rule(code.is_null() | (iso3.is_null() & ~listed), field, "unknown country code",
                 "check it against Comtrade's list of areas"),
            rule(iso3.is_null(), field, "an area or group, not a country", "none needed: it cannot be placed"),
            rule(pl.col(f"_{field}_outside") > TOLERANCE, field, "the country did not exist that year",
                 "mend the country or the year, or leave the row out"),
        ]  # fmt: skip

    services = (
        [rule((pl.col(names["kind"]) != "C").fill_null(False), "kind", "services, not goods",
              "fetch goods (typeCode=C)")]
        if "kind" in names
        else []
    )  # fmt: skip
    rules = [
        Rule(pl.col(SURPLUS).is_not_null(), SURPLUS, pl.col(SURPLUS), "more cells than the header names",
             "quote names that hold a comma"),
        *services,
        rule(monthly.fill_null(False), "year", "monthly data", "fetch annual data (freqCode=A), or add up the months"),
        rule(~year.is_between(1900, 2100).fill_null(False), "year", "not a year", "mend the year"),
        rule(pl.col("_flow").is_null(), "flow", "no flow", "write M (imports) or X (exports)"),
        *country("reporter"),
        *country("partner"),
        rule(pl.col("_reporter_iso3") == pl.col("_partner_iso3"), "partner", "own trade (re-imports)",
             "none needed: a network has no tie from a country to itself"),
        rule(~pl.col("_hs6").str.contains(r"^[0-9]{6}$").fill_null(False), "hs6", "not a six-digit HS code",
             "ask for six-digit products; headings and chapters are sums of them"),
        rule(~pl.col("_hs6").str.slice(0, 2).is_in(sorted(HS_CHAPTERS)), "hs6",
             "no product: the Harmonized System has no such chapter, or leaves it to national use",
             "none needed for goods not specified (9999); otherwise mend the code"),
        rule(~value.is_finite().fill_null(False), "value", "not a number", "mend the value"),
        rule(value < 0, "value", "a negative value", "mend the value"),
        rule(value > MOST_KUSD * 1e3, "value", "more than a trillion dollars in one flow", "mend the value"),
        Rule(~pl.col("_total"), next((n for n in TOTALS if n in names), names["value"]), pl.lit(None, pl.String),
             "a split of a flow whose total is not in the file", FIXED),
    ]  # fmt: skip
    if "vintage" in names:
        wrong = pl.col("_vintage").is_null()
        if hs_version is not None:
            wrong = wrong | (pl.col("_vintage") != hs_version)
        rules.insert(0, rule(wrong, "vintage", f"codes are not in {hs_version or 'a vintage of the HS'}",
                             "fetch one vintage (classification H0 … H6), or leave --hs-version out"))  # fmt: skip
    return rules


def unclear_total(names: dict[str, str]) -> Rule:
    """Return the rule that several rows for one flow must be recognisable as its breakdown."""
    return Rule(
        pl.col(MULTIPLE).is_null(),
        names["value"],
        pl.col(names["value"]),
        f"several rows for one flow whose sum is not {', '.join(map(str, MULTIPLES))} times the largest",
        f"{FIXED}, or take repeated rows out",
    )
