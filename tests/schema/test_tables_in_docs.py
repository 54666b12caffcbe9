"""docs/store.md names every table of the schema, and no other."""

import re
from pathlib import Path

from xenotime.schema import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "store.md"


def test_every_table_stands_in_the_page_once_and_in_order():
    section = PAGE.read_text(encoding="utf-8").split("## Tables\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(TABLES)
