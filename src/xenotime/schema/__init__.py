"""Every table and cube of xenotime: columns, dtypes, units (DESIGN section 2). `check` holds a frame to its table."""

from xenotime.schema.asked import codes_asked, values_asked, years_asked
from xenotime.schema.check import check, failures
from xenotime.schema.cubes import CUBE_AXES, STATUS, Status
from xenotime.schema.tables import (
    ABSENCE,
    HS_CHAPTERS,
    INDICES,
    MOST_KUSD,
    MOST_TONNES,
    QUADS,
    QUALITY,
    RELATIONS,
    TABLES,
    Column,
    Table,
    empty,
)

__all__ = [
    "ABSENCE",
    "CUBE_AXES",
    "HS_CHAPTERS",
    "INDICES",
    "MOST_KUSD",
    "MOST_TONNES",
    "QUADS",
    "QUALITY",
    "RELATIONS",
    "STATUS",
    "TABLES",
    "Column",
    "Status",
    "Table",
    "check",
    "codes_asked",
    "empty",
    "failures",
    "values_asked",
    "years_asked",
]
