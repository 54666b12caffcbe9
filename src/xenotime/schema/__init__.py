"""Every table and cube of xenotime: columns, dtypes, units (DESIGN section 2). `check` holds a frame to its table."""

from xenotime.schema.check import check, failures
from xenotime.schema.cubes import CUBE_AXES, STATUS, Status
from xenotime.schema.tables import ABSENCE, QUALITY, TABLES, Column, Table, empty

__all__ = [
    "ABSENCE",
    "CUBE_AXES",
    "QUALITY",
    "STATUS",
    "TABLES",
    "Column",
    "Status",
    "Table",
    "check",
    "empty",
    "failures",
]
