"""Run every ```python block of the README and the docs (sybil), each page in one namespace and in an empty folder."""

import os
from pathlib import Path

import matplotlib
import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory):
    """Each page runs in a folder of its own, so that what it writes stays out of the checkout."""
    here = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("page"))
    yield
    os.chdir(here)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/how-to/*.md"],
    fixtures=["page_folder"],
).pytest()


def pytest_collection_modifyitems(items):
    """A note on the data is no error on a page: the reader of the page sees it as a reader would."""
    for item in items:
        if item.path.suffix == ".md":
            item.add_marker(pytest.mark.filterwarnings("ignore::xenotime.core.DataWarning"))
