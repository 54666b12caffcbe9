"""Facts shipped as data, each row with its source: countries by date, blocs, products, chains, typed tables.

Everything is read when first asked for and kept; pydantic and YAML are imported only when a chain is.
"""

from typing import TYPE_CHECKING, Any

from xenotime.reference.alliances import blocs, members
from xenotime.reference.cow import cow_countries, cow_states
from xenotime.reference.event_codes import cameo, plover
from xenotime.reference.geography import SCHEMES, codes, countries, country_names, existing, to_iso3
from xenotime.reference.library import chain, chains
from xenotime.reference.products import HS_VERSIONS, hs_codes
from xenotime.reference.tables import FACTS, facts

if TYPE_CHECKING:
    from xenotime.reference.staging import Chain, Select, Stage, Staging

__all__ = [
    "FACTS",
    "HS_VERSIONS",
    "SCHEMES",
    "Chain",
    "Select",
    "Stage",
    "Staging",
    "blocs",
    "cameo",
    "chain",
    "chains",
    "codes",
    "countries",
    "country_names",
    "cow_countries",
    "cow_states",
    "existing",
    "facts",
    "hs_codes",
    "members",
    "plover",
    "to_iso3",
]


def __getattr__(name: str) -> Any:
    """Import the pydantic models only when they are asked for."""
    if name in {"Chain", "Select", "Stage", "Staging"}:
        from xenotime.reference import staging

        return getattr(staging, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
