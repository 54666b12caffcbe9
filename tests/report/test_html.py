"""The page: it parses, loads nothing, escapes what it is given, and is the same each time."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from xenotime.core import InputError
from xenotime.report import FIGURES, formulas, html, tables, write
from xenotime.studies import TradeStudy

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page, holds its tags to their order, and keeps what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def text(study: TradeStudy) -> str:
    return html.render(study)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_loads_nothing_from_outside(page: Page, text: str):
    loading = [value for _, attributes in page.tags for key, value in attributes.items() if key in {"src", "srcset"}]
    assert loading
    assert all(str(value).startswith("data:") for value in loading)
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    assert "@import" not in text
    assert "url(" not in text
    assert len(text) < 4e6


def test_every_figure_is_there_with_alt_text_and_source(page: Page, study: TradeStudy):
    figures = [attributes["id"] for attributes in page.of("figure")]
    assert sorted(map(str, figures)) == sorted(f"figure-{name}" for name in FIGURES)
    assert all(len(str(image["alt"])) > 40 for image in page.of("img"))
    assert len(page.of("img")) == len(page.of("figcaption")) == len(FIGURES)
    assert "".join(page.text).count("Source: Made & <up> V1, observed") == len(FIGURES) + 1


def test_headings_go_down_one_step_at_a_time(page: Page):
    levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_header_cells_with_scope(page: Page):
    assert len(page.of("caption")) == len(page.of("table")) > 10
    assert all(header.get("scope") in {"row", "col", "colgroup"} for header in page.of("th"))


def test_names_with_markup_in_them_stay_text(one_year: TradeStudy):
    odd = replace(
        one_year,
        title="Ores & <alloys>",
        headline='A <script>alert("x")</script> & more',
        findings=("5 < 6 & 7 > 2",),
        caveats=("<img src=x>",),
    )
    said = "".join(Page(html.render(odd)).text)
    for words in (odd.title, "<script>", "5 < 6 & 7 > 2", "<img src=x>", "A, B & C (2026)"):
        assert words in said


def test_the_same_study_gives_the_same_bytes(study: TradeStudy, text: str, tmp_path: Path):
    path = write(study, tmp_path / "deep" / "report.html")
    assert path.read_text("utf-8") == text
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_reconstructed_world_says_so_above_the_headline(one_year: TradeStudy, text: str):
    assert 'class="banner"' not in text
    reconstructed = html.render(replace(one_year, reconstructed=True))
    assert reconstructed.index("Reconstructed, not observed.") < reconstructed.index('class="headline"')


def test_one_year_has_no_trends_and_says_so(one_year: TradeStudy):
    said = "".join(Page(html.render(one_year)).text)
    assert "no trends to show" in said
    assert "networks by stage, 2023" in said


def test_an_empty_stage_is_said_to_be_empty(flows: np.ndarray, maker: Callable[..., TradeStudy]):
    value = flows.copy()
    value[0] = np.nan
    assert "No trade is recorded in this stage." in "".join(Page(html.render(maker(value))).text)


def test_a_folder_is_not_a_file(study: TradeStudy, tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"):
        write(study, tmp_path)


def test_the_table_of_leaders_holds_sums_of_the_flows(study: TradeStudy, flows: np.ndarray):
    table = tables.leaders(study, "downstream", "exporter")
    assert table is not None
    assert [header.text for header in table.header[0]] == ["", "2005", "2014", "2023"]
    exports = np.nansum(flows[2, -1], axis=1)
    _, *cells = table.rows[0]
    assert cells[6].text == "China"
    assert cells[7].text == f"{exports.max() / 1e3:,.1f}"
    assert cells[8].text == f"{100 * exports.max() / exports.sum():.1f}"


def test_the_table_of_suppliers_holds_shares_of_the_flows(study: TradeStudy, flows: np.ndarray):
    table = tables.suppliers(study, "downstream")
    assert table is not None
    last = np.nan_to_num(flows[2, -1])
    j = int(last.sum(axis=0).argmax())
    share = last[:, j] / last[:, j].sum()
    first = [cell.text for cell in table.rows[0]]
    assert first[1] == f"{last[:, j].sum() / 1e3:,.1f}"
    assert first[3] == f"{100 * share.max():.1f}"
    assert first[4] == f"{np.sum(share**2):.2f}"
    assert first[5] == str(int((share >= 0.05).sum()))


def test_unknown_years_are_dashes(study: TradeStudy):
    table = tables.yearly(study, "midstream")
    assert table is not None
    by_year = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert set(by_year["2010"]) == {tables.NOTHING}
    assert tables.NOTHING not in by_year["2009"]


def test_stage_contents_name_the_code_and_whose_exports_count(study: TradeStudy):
    table = tables.stage_contents(study)
    assert table is not None
    rows = [[cell.text for cell in row] for row in table.rows]
    assert any(row[0].startswith("Downstream") and row[1] == "850511" and row[3] == "all countries" for row in rows)
    assert tables.stage_contents(replace(study, chain="my own chain")) is None


@pytest.mark.parametrize(
    ("number", "decimals", "shown"),
    [(1234.56, 1, "1,234.6"), (-0.001, 2, "0.00"), (-0.25, 2, "−0.25"), (float("nan"), 2, "–"), (None, 0, "–")],
)
def test_numbers_are_written_for_people(number: float | None, decimals: int, shown: str):
    assert tables.figure(number, decimals).text == shown


def test_formulas_are_set_with_indices_and_the_rest_left_alone(study: TradeStudy):
    assert (
        formulas.typeset("w_ij / s_j^in ≥ 0.05") == "<i>w</i><sub>ij</sub> / <i>s</i><sub>j</sub><sup>in</sup> ≥ 0.05"
    )
    assert formulas.typeset("import_share & <b>") == "import_share &amp; &lt;b&gt;"
    assert formulas.typeset("64 % of $3.1 bn") == "64\u00a0% of $3.1\u00a0bn"
    ties = study.ties.assign_attrs(parameters={"k": 3, "least": 0.1})
    assert formulas.rule(replace(study, ties=ties, rule_formula="rank ≤ k")) == "rank ≤ 3, least = 0.1"
