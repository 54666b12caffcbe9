"""Fixtures for all tests: where the real data lie, and where caches go."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes depends on who else uses the machine; it is no property of the code.
settings.register_profile("xenotime", deadline=None)
settings.load_profile("xenotime")

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data; tests that need it skip, and say so, where it is absent."""
    folder = Path(os.environ.get("XENOTIME_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "trade").is_dir():
        pytest.skip(f"no real data at {folder} (set XENOTIME_REAL_DATA)")
    return folder
