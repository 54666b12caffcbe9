"""xenotime: how alliances, conflicts and trade policy reshape who can get critical minerals, from mine to magnet.

The names here are the public face (DESIGN section 4). They load on first use, so that ``import xenotime`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xenotime.core.version import __version__

if TYPE_CHECKING:
    from xenotime import (
        geopolitics,
        markets,
        networks,
        pipeline,
        reference,
        report,
        scenarios,
        schema,
        sources,
        studies,
        tergm,
    )
    from xenotime.pipeline.ingest import ingest
    from xenotime.pipeline.world import demo_store, demo_world
    from xenotime.scenarios import load_scenario
    from xenotime.store import open_store

_NAMES = {
    "open_store": "xenotime.store",
    "demo_store": "xenotime.pipeline",
    "demo_world": "xenotime.pipeline",
    "ingest": "xenotime.pipeline",
    "load_scenario": "xenotime.scenarios",
}
_PACKAGES = (
    "geopolitics",
    "markets",
    "networks",
    "pipeline",
    "reference",
    "report",
    "scenarios",
    "schema",
    "sources",
    "studies",
    "tergm",
)

__all__ = [
    "__version__",
    "demo_store",
    "demo_world",
    "geopolitics",
    "ingest",
    "load_scenario",
    "markets",
    "networks",
    "open_store",
    "pipeline",
    "reference",
    "report",
    "scenarios",
    "schema",
    "sources",
    "studies",
    "tergm",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    if name in _PACKAGES:
        return import_module(f"xenotime.{name}")
    raise AttributeError(f"module 'xenotime' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
