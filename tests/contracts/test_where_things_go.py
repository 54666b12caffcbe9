"""CONTRIBUTING.md and the how-to pages send the reader to files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_is_there(page):
    named = set(re.findall(r"`(src/xenotime/[\w/.]+)`", page.read_text(encoding="utf-8")))
    assert not [path for path in named if not (ROOT / path).exists()]


def test_contributing_names_a_file_to_copy_for_most_things():
    text = PAGES[0].read_text(encoding="utf-8")
    assert len(re.findall(r"`src/xenotime/[\w/.]+`", text)) >= 12
    assert not [path for path in re.findall(r"\((docs/[\w/.-]+)\)", text) if not (ROOT / path).exists()]
