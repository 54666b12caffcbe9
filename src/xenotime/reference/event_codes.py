"""Codes of events between countries: CAMEO (GDELT, ICEWS) and its successor PLOVER (POLECAT).

Facts of the codebooks, typed here without their descriptions and examples: Gerner, Schrodt and Yilmaz, "CAMEO:
Conflict and Mediation Event Observations, Event and Actor Codebook"; Goldstein (1992), Journal of Conflict Resolution
36:369-385, carried over to CAMEO by Schrodt; the PLOVER codebook of the Open Event Data Alliance. What is marked
`economic` holds trade, aid or sanctions themselves: counted as cooperation, it would explain trade by trade.
"""

import polars as pl

from xenotime.reference.files import table

_CAMEO = {
    "code": pl.String,
    "title": pl.String,
    "root": pl.String,
    "quad": pl.String,
    "goldstein": pl.Float64,
    "economic": pl.Boolean,
    "source": pl.String,
}
_PLOVER = {"code": pl.String, "quad": pl.String, "title": pl.String, "source": pl.String}


def cameo() -> pl.DataFrame:
    """Return every CAMEO code of two, three or four digits.

    Returns
    -------
    polars.DataFrame
        `code` (a string: "010" is not 10), `title`, `root` (its first two digits), `quad` (one of
        `xenotime.schema.QUADS`), `goldstein` (-10, conflict, to 10, cooperation), `economic` (dropped by default from
        measures of cooperation and conflict), `source`.
    """
    return table("cameo", _CAMEO)


def plover() -> pl.DataFrame:
    """Return every type of event of PLOVER.

    Returns
    -------
    polars.DataFrame
        `code` (the type, upper case), `quad` (one of `xenotime.schema.QUADS`), `title`, `source`. YIELD
        belongs to earlier editions; later ones part it into CONCEDE (verbal) and RETREAT (material).
    """
    return table("plover", _PLOVER)
