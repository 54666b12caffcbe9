"""Turn the strings of a mapped file into typed columns of a table, with one rule for each way a value can be wrong."""

from dataclasses import dataclass, field

import polars as pl

from xenotime.core import InputError
from xenotime.reference import codes, hs_codes, to_iso3
from xenotime.reference.products import in_vintage
from xenotime.schema import HS_CHAPTERS, TABLES
from xenotime.schema.tables import HS6, ISO3, Column
from xenotime.sources._dates import TOLERANCE, after_reuse, years_outside
from xenotime.sources._rows import Rule
from xenotime.sources.mapping import SCHEMES, TableMapping, factors, fields

#: Spellings of "not known" where a number is expected.
UNKNOWN = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", ".", "..")
_TRUE = ("1", "1.0", "true", "True", "TRUE", "yes")
_FALSE = ("0", "0.0", "false", "False", "FALSE", "no")


def raw(name: str) -> str:
    """Return the column that holds a field's string, stripped, and translated where the mapping says so."""
    return f"raw:{name}"


def stood(name: str) -> str:
    """Return the column that holds a field's string as it stood in the file."""
    return f"stood:{name}"


def typed(name: str) -> str:
    """Return the column that holds a field's typed value."""
    return f"typed:{name}"


def outside(name: str) -> str:
    """Return the column that holds by how many years a row misses the dates of the country in a field."""
    return f"outside:{name}"


def dated_countries_of(table: str) -> list[str]:
    """Return the fields of `table` whose countries must exist in the row's year: those that trade."""
    return countries_of(table) if table in ("flows", "reports") else []


def countries_of(table: str) -> list[str]:
    """Return the fields of `table` that hold countries."""
    return [name for name, column in fields(table).items() if TABLES[table].columns[column].pattern == ISO3]


def with_texts(batch: pl.DataFrame, mapping: TableMapping) -> pl.DataFrame:
    """Add the strings of every field the mapping gives: as they stood, and translated."""
    made = []
    for name in fields(mapping.table):
        if name in mapping.columns:
            value = pl.col(mapping.columns[name]).str.strip_chars()
        elif name in mapping.constants:
            value = pl.lit(str(mapping.constants[name]))
        else:
            continue
        made.append(value.alias(stood(name)))
        words = mapping.translate.get(name)
        if words is not None:
            value = value.replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)
        made.append(value.alias(raw(name)))
    return batch.with_columns(made)


def infer_scheme(batch: pl.DataFrame, mapping: TableMapping, where: str) -> str:
    """Recognise two- or three-letter country codes; refuse to guess among numeric schemes or names.

    Raises
    ------
    InputError
        The codes are neither, so the user must say.
    """
    values = pl.concat([batch[raw(name)] for name in countries_of(mapping.table)]).drop_nulls().unique()
    for scheme, pattern in (("iso3", r"^[A-Z][A-Z0-9]{2}$"), ("iso2", r"^[A-Z]{2}$")):
        if len(values) and values.str.contains(pattern).sum() > 0.9 * len(values):
            return scheme
    examples = ", ".join(repr(value) for value in values.sort().head(3))
    raise InputError(
        f"the scheme of the country codes is not said, and {examples} could belong to several",
        where=where,
        remedy=f"give --country-scheme {'|'.join(SCHEMES)}",
    )


@dataclass
class Typing:
    """The typed columns of one mapping, and the rules that go with them; remembers the country codes it has met."""

    mapping: TableMapping
    scheme: str
    _iso3: dict[str, str | None] = field(default_factory=dict)

    def type_columns(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Add the typed column of every field of the table to a batch `with_texts`; a field not given is null."""
        table = TABLES[self.mapping.table]
        new = []
        for name, target in fields(self.mapping.table).items():
            column = table.columns[target]
            if not self._given(name):
                new.append(pl.lit(None, column.dtype).alias(typed(name)))
            elif column.pattern == ISO3:
                new.append(self._country(batch[raw(name)]).alias(typed(name)))
            else:
                new.append(_convert(pl.col(raw(name)), column, self.mapping, name).alias(typed(name)))
        return self._dated(batch.with_columns(new))

    def _dated(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Settle codes that two countries had in turn, and add how far each row lies outside its countries' dates."""
        for name in dated_countries_of(self.mapping.table):
            at, code = typed(name), raw(name)
            if code not in batch.columns or typed("year") not in batch.columns:
                continue
            batch = batch.with_columns(
                after_reuse(pl.col(at), pl.col(code), pl.col(typed("year")), self.scheme).alias(at)
            )
            off = years_outside(batch[code], batch[at], batch[typed("year")], self.scheme)
            batch = batch.with_columns(off.alias(outside(name)))
        return batch

    def rules(self) -> list[Rule]:
        """Return what no good row of this mapping does, in the order in which faults are named."""
        table = TABLES[self.mapping.table]
        rules = []
        for name, target in fields(self.mapping.table).items():
            if self._given(name):
                rules += self._rules_of(name, table.columns[target])
        if self.mapping.table in ("flows", "reports", "dyad_year", "relations"):
            one, other = countries_of(self.mapping.table)
            rules.append(
                Rule(
                    pl.col(typed(one)) == pl.col(typed(other)),
                    self._column(other),
                    pl.col(stood(other)),
                    f"{one} and {other} are the same country",
                    "what a country has with itself is nothing between countries: nothing to do, or mend the code",
                )
            )
        return rules

    def _given(self, name: str) -> bool:
        return name in self.mapping.columns or name in self.mapping.constants

    def _column(self, name: str) -> str:
        return self.mapping.columns.get(name, name)

    def _country(self, values: pl.Series) -> pl.Expr:
        met = values.drop_nulls().unique()
        fresh = met.filter(~met.is_in(list(self._iso3)))
        self._iso3.update(zip(fresh.to_list(), to_iso3(fresh, self.scheme).to_list()))
        return pl.lit(values).replace_strict(self._iso3, default=None, return_dtype=pl.String)

    def _rules_of(self, name: str, column: Column) -> list[Rule]:
        text, value, at = pl.col(raw(name)), pl.col(typed(name)), self._column(name)
        as_stood = pl.col(stood(name))

        def rule(broken: pl.Expr, reason: str, remedy: str) -> Rule:
            return Rule(broken.fill_null(False), at, as_stood, reason, remedy)

        numeric = column.dtype in (pl.Float64, pl.Int16)
        rules = []
        if name in self.mapping.translate:
            rules.append(
                rule(
                    as_stood.is_not_null() & text.is_null(),
                    f"the mapping translates no such {name}",
                    f"add it to `translate: {name}:` in the mapping, or leave the rows out with `keep:`",
                )
            )
        absent = text.is_null() | text.is_in(UNKNOWN) if numeric else text.is_null()
        if not column.nullable:
            rules.append(rule(absent, f"{name} is empty", "fill it in, or remove the row"))
        if name in self.mapping.per:
            divisor = self.mapping.per[name]
            no_divisor = _divisor(divisor).is_null() & ~absent
            rules.append(
                Rule(
                    no_divisor, divisor, pl.col(divisor), f"{name} cannot be divided by it", "write a number above zero"
                )
            )
        unread = ~absent & value.is_null()
        if column.pattern == ISO3:
            areas = codes(self.scheme).filter(pl.col("iso3").is_null())["code"].to_list()
            rules.append(
                rule(
                    unread & text.is_in(areas),
                    f"an area or aggregate, not a country ({self.scheme} codes)",
                    "nothing to do: areas not elsewhere specified and totals have no place in a network",
                )
            )
            rules.append(
                rule(
                    unread,
                    f"unknown country code ({self.scheme} codes)",
                    "mend the code, or give the right --country-scheme",
                )
            )
            if name in dated_countries_of(self.mapping.table):
                rules.append(
                    rule(
                        pl.col(outside(name)) > TOLERANCE,
                        "the country did not exist that year",
                        "mend the country or the year, or leave the row out",
                    )
                )
        elif column.pattern == HS6:
            rules.append(
                rule(
                    unread & text.str.contains(r"^[0-9]{1,4}$"),
                    "a heading or chapter, not a six-digit HS code",
                    "bring six-digit rows, or say which product it is with --set hs6=CODE",
                )
            )
            rules.append(
                rule(
                    unread & text.str.contains(r"^[0-9]{6}$"),
                    "no product: the Harmonized System has no such chapter, or leaves it to national use",
                    "none needed for goods not specified (9999); otherwise mend the code",
                )
            )
            rules.append(
                rule(unread, "unknown HS code", "write it with six digits of an existing chapter, e.g. 284610")
            )
            version = self.mapping.hs_version
            absent_then = [code for code in hs_codes()["hs6"] if not in_vintage(code, version)]
            rules.append(
                rule(
                    value.is_in(absent_then),
                    f"wrong vintage: {version} has no such HS code",
                    "give the vintage of the file with --hs-version, or convert the row",
                )
            )
        elif numeric:
            rules.append(rule(unread, f"{name} is not a number", "write it as 1234.5, without separators or signs"))
            low, high = column.low, column.high
            if column.dtype == pl.Float64:
                rules.append(rule(~value.is_finite(), f"{name} is not finite", "write a number, or leave it empty"))
            if low is not None:
                wrong = f"{name} is negative" if low == 0 else f"{name} is before {low:g}"
                rules.append(rule(value < low, wrong, "mend the value, or remove the row"))
            if high is not None:
                wrong = f"{name} is after {high:g}" if column.dtype == pl.Int16 else f"{name} is more than any flow's"
                rules.append(rule(value > high, wrong, "mend the value or its unit, or remove the row"))
        elif column.among is not None:
            choices = ", ".join(column.among)
            rules.append(rule(~text.is_in(column.among), f"{name} is not one of {choices}", "translate it"))
        elif column.dtype == pl.Boolean:
            rules.append(rule(unread, f"{name} is neither true nor false", "write 1 or 0, true or false"))
        return rules


def _convert(text: pl.Expr, column: Column, mapping: TableMapping, name: str) -> pl.Expr:
    if column.pattern == HS6:
        return _hs6(text)
    if column.dtype == pl.Int16:
        year = text.str.slice(0, 4) if mapping.year_format == "date" else text.str.replace(r"\.0+$", "")
        return year.cast(pl.Int16, strict=False)
    if column.dtype == pl.Float64:
        factor = factors(column.unit).get(mapping.units.get(name, ""), 1.0) * mapping.scale.get(name, 1.0)
        number = text.cast(pl.Float64, strict=False) * factor
        return number / _divisor(mapping.per[name]) if name in mapping.per else number
    if column.dtype == pl.Boolean:
        return pl.when(text.is_in(_TRUE)).then(True).when(text.is_in(_FALSE)).then(False)
    return text


def _divisor(column: str) -> pl.Expr:
    """Return the column a field is divided by, null where it is no positive number."""
    number = pl.col(column).str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when((number > 0) & number.is_finite()).then(number)


def lacks_zero(text: pl.Expr) -> pl.Expr:
    """Whether a product code has five digits: spreadsheets eat a leading zero."""
    return text.str.contains(r"^[0-9]{5}(\.0)?$")


def _hs6(text: pl.Expr) -> pl.Expr:
    # Spreadsheets also add a decimal point.
    digits = text.str.replace(r"\.0$", "")
    whole = pl.when(lacks_zero(text)).then(pl.lit("0") + digits).otherwise(digits)
    exists = whole.str.contains(HS6) & whole.str.slice(0, 2).is_in(sorted(HS_CHAPTERS))
    return pl.when(exists).then(whole)
