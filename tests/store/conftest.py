"""A store that holds three years of flows."""

from pathlib import Path

import pytest
from store_pieces import parcel, put_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    put_all(root, *(parcel(year) for year in (2020, 2021, 2022)))
    return root
