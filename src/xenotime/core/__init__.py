"""What every layer needs: errors, provenance, seeds, safe files, progress. Imports nothing of ours."""

from xenotime.core.errors import (
    DataWarning,
    InputError,
    SchemaError,
    SourceError,
    StoreError,
    XenotimeError,
)
from xenotime.core.files import atomic_path, sha256_of, write_text
from xenotime.core.progress import progress
from xenotime.core.provenance import Provenance
from xenotime.core.seeds import generator

__all__ = [
    "DataWarning",
    "InputError",
    "Provenance",
    "SchemaError",
    "SourceError",
    "StoreError",
    "XenotimeError",
    "atomic_path",
    "generator",
    "progress",
    "sha256_of",
    "write_text",
]
