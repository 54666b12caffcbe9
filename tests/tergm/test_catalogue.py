"""The list of terms says what the formula parser takes."""

import pytest

from xenotime.tergm import TERMS, parse
from xenotime.tergm.catalogue import catalogue

#: Values for arguments without a default.
GIVEN = {"attr": "'x'", "k": "2", "d": "1", "decay": "0.5"}


@pytest.mark.parametrize("row", catalogue().to_dicts(), ids=lambda row: row["term"])
def test_a_spelling_is_read_by_the_parser_and_its_defaults_are_the_term_s(row):
    name, _, inside = row["spelling"].partition("(")
    listed = [part for part in inside.removesuffix(")").split(", ") if part]
    needed = [GIVEN[part] for part in listed if "=" not in part]
    spelled = parse(f"{name}({', '.join(needed + [part for part in listed if '=' in part])})")
    bare = parse(f"{name}({', '.join(needed)})")
    assert spelled == bare


def test_the_list_holds_every_term_once_with_what_it_means():
    table = catalogue()
    assert table["term"].to_list() == list(TERMS)
    assert table["meaning"].str.len_chars().min() > 10
    by_name = {row["term"]: row for row in table.to_dicts()}
    assert by_name["gwesp"]["spelling"] == "gwesp(decay, fixed=TRUE, type='OTP')"
    assert by_name["timecov"]["spelling"].endswith("maximum=Inf, transform='identity', lag=0)")
    assert [by_name[name]["dyad_independent"] for name in ("edges", "edgecov", "memory", "mutual", "gwesp")] == [
        True, True, True, False, False,
    ]  # fmt: skip
