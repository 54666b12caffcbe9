"""The cubes: labelled arrays with the axes of convention 5 and a status for every cell (convention 7).

A trade cube is an xarray Dataset with `value_kusd` and `quantity_t` (float64) and `status` (int8) over
`(stage, year, exporter, importer)`. A tie *i→j* is a flow of goods from exporter *i* to importer *j*.
"""

from collections.abc import Mapping
from enum import IntEnum

CUBE_AXES = ("stage", "year", "exporter", "importer")


class Status(IntEnum):
    """What a cell of the cube stands for."""

    KNOWN = 0
    CUT = 1
    MISSING = 2
    OWN = 3


STATUS: Mapping[Status, str] = {
    Status.KNOWN: "a flow, or a true zero",
    Status.CUT: "not in the extract: small, taken as zero, below the stated cut",
    Status.MISSING: "neither side reports that year: unknown, held as NaN",
    Status.OWN: "the diagonal: own trade, absent from customs data, held as NaN",
}
