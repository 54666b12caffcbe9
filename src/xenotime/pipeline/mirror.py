"""Reconcile the importer's and the exporter's report of one flow, as CEPII does for BACI.

A shipment is reported twice: by the importer (CIF) and by the exporter (FOB), and the two rarely agree. Following
Gaulier and Zignago (2010, CEPII Working Paper 2010-23, section 2.4), each reporter's reliability comes from a variance
analysis of the absolute log discrepancies between mirror reports, by exporter and by importer; a flow reported twice
is the mean of the two reports, weighted by the inverse of the reporters' variances; a flow reported once is that
report. `reliability` needs the reports alone; `fit_reliability` recovers the weights behind a reconciled table such as
BACI from its values. Freight and insurance are not taken off (docs/decisions/0004): BACI V202601 shows no trace of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime.core import InputError
from xenotime.schema import TABLES

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Median weight of the importer's report in BACI V202601, 2022. Mirror discrepancies cannot tell it: they fix how far
#: two exporters (or two importers) differ, but adding to every exporter's share what is taken off every importer's
#: explains them equally well.
IMPORTER_WEIGHT = 0.68
#: Log discrepancies count up to this (a factor of 7.4): beyond it lie wrong units, codes and countries, not accuracy.
LARGEST_DISCREPANCY = 2.0
#: A reporter is pulled towards the typical one as if by this many more flows; few flows say little.
PRIOR_FLOWS = 10.0
#: No reporter is taken to be more accurate than this part of the typical discrepancy.
SMALLEST_DISCREPANCY = 0.2

_KEY = ("year", "exporter", "importer", "hs6", "hs_version")


@dataclass(frozen=True)
class Reliability:
    """How far each country's reports stray, as exporter and as importer.

    Attributes
    ----------
    exporters, importers : dict
        Country (ISO3) to its discrepancy, a standard deviation of log value; only ratios between them matter.
    typical_exporter, typical_importer : float
        The discrepancy of a country that is not listed.
    flows : int
        Number of two-sided flows behind the estimate.
    method : {"mirror reports", "reconciled table"}
        Whether it comes from the reports alone or from values that someone else has reconciled.
    """

    exporters: Mapping[str, float]
    importers: Mapping[str, float]
    typical_exporter: float
    typical_importer: float
    flows: int
    method: Literal["mirror reports", "reconciled table"]

    def importer_weight(self, exporter: str, importer: str) -> float:
        """Return the weight of the importer's report in a flow reported by both, between 0 and 1."""
        frame = pl.DataFrame({"exporter": [exporter], "importer": [importer]})
        return float(frame.select(self.weights())["weight"][0])

    def weights(self) -> pl.Expr:
        """Return an expression over columns `exporter` and `importer`: the importer's weight, named ``weight``."""
        variance = {}
        for side, known, typical in (
            ("exporter", self.exporters, self.typical_exporter),
            ("importer", self.importers, self.typical_importer),
        ):
            names, values = list(known), list(known.values())
            variance[side] = (
                pl.col(side).replace_strict(names, values, default=typical, return_dtype=pl.Float64)
                if names
                else pl.lit(typical)
            ) ** 2
        return (variance["exporter"] / (variance["exporter"] + variance["importer"])).alias("weight")

    def to_frame(self) -> pl.DataFrame:
        """Return `country`, `side` (exporter or importer), `discrepancy`, most reliable first."""
        rows: list[dict[str, Any]] = [
            {"country": country, "side": side, "discrepancy": value}
            for side, known in (("exporter", self.exporters), ("importer", self.importers))
            for country, value in known.items()
        ]
        return pl.DataFrame(rows, schema={"country": pl.String, "side": pl.String, "discrepancy": pl.Float64}).sort(
            "side", "discrepancy", "country"
        )

    def __str__(self) -> str:
        share = self.typical_exporter**2 / (self.typical_exporter**2 + self.typical_importer**2)
        return (
            f"Reliability of {len(self.exporters)} exporters and {len(self.importers)} importers, from {self.flows:,} "
            f"two-sided flows ({self.method}); weight of the importer's report in a typical pair {share:.2f}"
        )


def pairs(reports: pl.DataFrame) -> pl.DataFrame:
    """Put the two reports of each flow side by side.

    Parameters
    ----------
    reports : polars.DataFrame
        Table ``reports`` of one source and version. Own trade (reporter = partner) is left out.

    Returns
    -------
    polars.DataFrame
        `year, exporter, importer, hs6, hs_version`, then `import_kusd, import_t, export_kusd, export_t`, null where
        that side does not report.

    Raises
    ------
    InputError
        A column is missing; a flow is reported twice by the same side; sources or versions are mixed.
    """
    missing = [name for name in TABLES["reports"].columns if name not in reports.columns]
    if missing:
        raise InputError(f"no column {missing[0]!r}", where="reports", remedy="give a frame of table 'reports'")
    versions = reports.select("source", "source_version").unique().sort("source", "source_version").rows()
    if len(versions) > 1:
        raise InputError(
            "reports of several sources or versions: " + ", ".join(" ".join(version) for version in versions),
            where="reports",
            remedy="reconcile one source and version at a time",
        )
    sides = []
    for flow, exporter, importer in (("import", "partner", "reporter"), ("export", "reporter", "partner")):
        sides.append(
            reports.filter(pl.col("flow") == flow, pl.col("reporter") != pl.col("partner")).select(
                "year",
                pl.col(exporter).alias("exporter"),
                pl.col(importer).alias("importer"),
                "hs6",
                "hs_version",
                pl.col("value_kusd").alias(f"{flow}_kusd"),
                pl.col("quantity_t").alias(f"{flow}_t"),
            )
        )
        twice = sides[-1].filter(sides[-1].select(_KEY).is_duplicated())
        if len(twice):
            raise InputError(
                f"{flow} reported more than once by one country: {twice.select(_KEY).row(0)} ({len(twice)} such rows)",
                where="reports",
                remedy="collapse breakdown rows first (xenotime.sources.comtrade does)",
            )
    return sides[0].join(sides[1], on=_KEY, how="full", coalesce=True).sort(_KEY)


def reliability(reports: pl.DataFrame) -> Reliability:
    """Estimate each reporter's reliability from the reports alone.

    For every flow reported by both sides, take *e* = min(\\|ln(import/export)\\|, 2), divided by how noisy its product
    and year are. Decompose *e* = *s_exporter* + *t_importer* by least squares, each effect pulled towards the typical
    one as if by ten more flows. The split of the typical discrepancy between the two sides is not in the data; it is
    set so that the importer's report weighs 0.68 in a typical pair (`IMPORTER_WEIGHT`).

    Parameters
    ----------
    reports : polars.DataFrame
        Table ``reports``; several products and years are pooled.

    Returns
    -------
    Reliability

    Raises
    ------
    InputError
        As `pairs`.
    """
    return _variance_analysis(pairs(reports))


def fit_reliability(reports: pl.DataFrame, truth: pl.DataFrame) -> Reliability:
    """Recover the reliabilities behind a table that somebody reconciled from the same reports.

    A flow of the table between its two reports implies the importer's weight, ``w = (v − x)/(m − x)``. Inverse
    variances mean ``logit w = ln s_exporter² − ln t_importer²``: two effects, fitted by least absolute deviations
    because some flows were made in another way (one report discarded, reports revised since).

    Parameters
    ----------
    reports : polars.DataFrame
        Table ``reports``.
    truth : polars.DataFrame
        The reconciled flows (BACI), table ``flows`` or its columns `year, exporter, importer, hs6, value_kusd`.

    Returns
    -------
    Reliability

    Raises
    ------
    InputError
        As `pairs`; or no flow of `truth` lies between two reports that differ.
    """
    key = ["year", "exporter", "importer", "hs6"]
    implied = (
        pairs(reports)
        .join(truth.select(*key, pl.col("value_kusd").alias("truth_kusd")), on=key, how="inner")
        .filter(pl.col("import_kusd") > 0, pl.col("export_kusd") > 0)
        .filter((pl.col("import_kusd") / pl.col("export_kusd")).log().abs() > 0.05)
        .with_columns(
            w=(pl.col("truth_kusd") - pl.col("export_kusd")) / (pl.col("import_kusd") - pl.col("export_kusd"))
        )
        .filter(pl.col("w").is_between(0.002, 0.998))
        .with_columns(logit=(pl.col("w") / (1 - pl.col("w"))).log())
    )
    if implied.is_empty():
        raise InputError(
            "no flow lies strictly between two reports that differ",
            where="truth",
            remedy="give reports and reconciled flows of the same years, products and HS vintage",
        )
    countries, i, j = _indices(implied)
    logit = implied["logit"].to_numpy()
    centre = float(np.median(logit))
    exporter, importer = _two_effects(logit - centre, i, j, len(countries), np.ones(len(logit)), pull=1e-3)
    for _ in range(60):  # least absolute deviations by reweighting; 60 rounds settle at the floor of 1e-4
        residual = np.abs(logit - centre - exporter[i] - importer[j])
        exporter, importer = _two_effects(
            logit - centre, i, j, len(countries), 1 / np.maximum(residual, 1e-4), pull=1e-3
        )
    # logit w = (centre/2 + exporter) − (−centre/2 − importer) = ln s² − ln t²
    s, t = np.exp((centre / 2 + exporter) / 2), np.exp((-centre / 2 - importer) / 2)
    return Reliability(
        exporters={countries[k]: float(s[k]) for k in np.unique(i)},
        importers={countries[k]: float(t[k]) for k in np.unique(j)},
        typical_exporter=float(np.exp(centre / 4)),
        typical_importer=float(np.exp(-centre / 4)),
        flows=len(implied),
        method="reconciled table",
    )


def reconcile(reports: pl.DataFrame, reliability: Reliability | None = None) -> pl.DataFrame:
    """Make one flow of the importer's and the exporter's report.

    Parameters
    ----------
    reports : polars.DataFrame
        Table ``reports`` of one source and version, in one HS vintage (a vintage is never matched with another).
    reliability : Reliability, optional
        Default: estimated from these reports.

    Returns
    -------
    polars.DataFrame
        Table ``flows``, `absence` "reported". `quality` is "both" (value between the two reports), "importer" or
        "exporter" (value equal to the one report). Quantities are averaged with the same weights, or are those of
        the one side that gives them.

    Raises
    ------
    InputError
        As `pairs`.
    """
    both = pairs(reports)
    if both.is_empty():
        return pl.DataFrame(schema=TABLES["flows"].dtypes)
    weights = reliability or _variance_analysis(both)
    source, version = reports.select("source", "source_version").row(0)
    return both.with_columns(weights.weights()).select(
        *("year", "exporter", "importer", "hs6", "hs_version"),
        _between("kusd").alias("value_kusd"),
        _between("t").alias("quantity_t"),
        pl.when(pl.col("export_kusd").is_null())
        .then(pl.lit("importer"))
        .when(pl.col("import_kusd").is_null())
        .then(pl.lit("exporter"))
        .otherwise(pl.lit("both"))
        .alias("quality"),
        pl.lit("reported").alias("absence"),
        pl.lit(source).alias("source"),
        pl.lit(version).alias("source_version"),
    )


def _between(unit: str) -> pl.Expr:
    imports, exports, weight = pl.col(f"import_{unit}"), pl.col(f"export_{unit}"), pl.col("weight")
    # Clipped: rounding of the last digit must not carry the mean of two equal reports past either.
    mean = (weight * imports + (1 - weight) * exports).clip(
        pl.min_horizontal(imports, exports), pl.max_horizontal(imports, exports)
    )
    return pl.when(imports.is_null() | exports.is_null()).then(pl.coalesce(imports, exports)).otherwise(mean)


def _variance_analysis(both: pl.DataFrame) -> Reliability:
    two = both.filter(pl.col("import_kusd") > 0, pl.col("export_kusd") > 0).with_columns(
        e=(pl.col("import_kusd") / pl.col("export_kusd")).log().abs().clip(upper_bound=LARGEST_DISCREPANCY)
    )
    ratio = np.sqrt(IMPORTER_WEIGHT / (1 - IMPORTER_WEIGHT))
    mean = float(two.select(pl.col("e").mean()).item() or 0.0)
    if mean == 0.0:  # nothing reported twice, or all of it alike: every reporter is typical
        return Reliability({}, {}, float(ratio), 1.0, len(two), "mirror reports")
    # A reporter of noisy products is not a noisy reporter.
    noise = (pl.col("e").sum() + PRIOR_FLOWS * mean) / (pl.len() + PRIOR_FLOWS) / mean
    e = two.select(pl.col("e") / noise.over("hs6", "hs_version", "year"))["e"].to_numpy()
    mean = float(e.mean())
    typical_exporter, typical_importer = mean * ratio / (1 + ratio), mean / (1 + ratio)
    countries, i, j = _indices(two)
    exporter, importer = _two_effects(e - mean, i, j, len(countries), np.ones(len(e)), pull=PRIOR_FLOWS)
    s = np.maximum(typical_exporter + exporter, SMALLEST_DISCREPANCY * typical_exporter)
    t = np.maximum(typical_importer + importer, SMALLEST_DISCREPANCY * typical_importer)
    return Reliability(
        exporters={countries[k]: float(s[k]) for k in np.unique(i)},
        importers={countries[k]: float(t[k]) for k in np.unique(j)},
        typical_exporter=float(typical_exporter),
        typical_importer=float(typical_importer),
        flows=len(two),
        method="mirror reports",
    )


def _indices(frame: pl.DataFrame) -> tuple[list[str], Indices, Indices]:
    """Return the countries, and each row's exporter and importer as positions among them."""
    countries = sorted(set(frame["exporter"].unique()) | set(frame["importer"].unique()))
    names = np.array(countries)
    return (
        countries,
        np.searchsorted(names, frame["exporter"].to_numpy().astype(names.dtype)),
        np.searchsorted(names, frame["importer"].to_numpy().astype(names.dtype)),
    )


def _two_effects(y: Floats, i: Indices, j: Indices, n: int, weight: Floats, *, pull: float) -> tuple[Floats, Floats]:
    """Least squares of ``y = exporter[i] + importer[j]`` with `pull` times the squared effects as penalty.

    Shapes: `y`, `i`, `j`, `weight` (flows,); returns two arrays (n,), zero for a country without a flow.
    """
    table = np.bincount(i * n + j, weight, n * n).reshape(n, n)
    normal = np.block(
        [
            [np.diag(table.sum(axis=1) + pull), table],
            [table.T, np.diag(table.sum(axis=0) + pull)],
        ]
    )
    effects = np.linalg.solve(normal, np.r_[np.bincount(i, weight * y, n), np.bincount(j, weight * y, n)])
    return effects[:n], effects[n:]
