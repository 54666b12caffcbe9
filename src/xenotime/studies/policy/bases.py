"""The markets of a study as tables, so that a study can be kept in a folder and read again."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from xenotime.studies.policy.calibration import Calibration


def markets(held: Sequence[Calibration]) -> pl.DataFrame:
    """Return `market, stage, year, staging, goods, countries, trade_kusd, own_share`."""
    rows = []
    for base in held:
        flows = base.market.flows
        own = float(np.trace(flows))
        total = float(flows.sum())
        rows.append(
            (base.key, base.stage, base.year, base.staging, base.goods, base.market.n, total - own, own / total)
        )
    names = ["market", "stage", "year", "staging", "goods", "countries", "trade_kusd", "own_share"]
    return pl.DataFrame(rows, schema=names, orient="row")


def assumptions(held: Sequence[Calibration]) -> pl.DataFrame:
    """Return `market, what, value, source`."""
    return pl.concat([base.assumptions.select(pl.lit(base.key).alias("market"), pl.all()) for base in held])


def adjustments(held: Sequence[Calibration]) -> pl.DataFrame:
    """Return `market, country, what, value_kusd, to, why`."""
    return pl.concat([base.adjustments.select(pl.lit(base.key).alias("market"), pl.all()) for base in held])


def elasticities(held: Sequence[Calibration]) -> pl.DataFrame:
    """Return `market, elasticity, low, central, high, source, published`; `published`: what, recorded as what."""
    rows = []
    for base in held:
        for one in base.elasticities:
            published = "; ".join(
                f"{row['value']:g} ({row['product']}{', ' + row['importer'] if row['importer'] else ''}, "
                f"recorded as {row['recorded']:g} = {row['recorded_as']}, {row['source']})"
                for row in one.published.iter_rows(named=True)
            )
            rows.append((base.key, one.name, one.low, one.central, one.high, one.source, published))
    names = ["market", "elasticity", "low", "central", "high", "source", "published"]
    return pl.DataFrame(rows, schema=names, orient="row")


def flows(held: Sequence[Calibration]) -> pl.DataFrame:
    """Return `market, exporter, importer, value_kusd, tariff`: positive flows of each base, own trade included."""
    frames = []
    for base in held:
        i, j = np.nonzero(base.market.flows)
        names = np.array(base.market.names)
        frames.append(
            pl.DataFrame(
                {
                    "market": [base.key] * len(i),
                    "exporter": names[i],
                    "importer": names[j],
                    "value_kusd": base.market.flows[i, j],
                    "tariff": base.market.tariffs[i, j],
                }
            )
        )
    return pl.concat(frames)
