"""The page: it parses, loads nothing, escapes what it is given, and is the same each time."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from xenotime import reference
from xenotime.core import InputError
from xenotime.report import FIGURES, appendix, formulas, html, numbers, tables, write
from xenotime.schema import Status
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


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words and tables only: drawing takes the time, and other tests look at the figures."""
    monkeypatch.setattr(html, "pictures", lambda study: {})


@pytest.mark.usefixtures("no_pictures")
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


@pytest.mark.usefixtures("no_pictures")
def test_a_reconstructed_world_says_so_above_the_headline(one_year: TradeStudy, text: str):
    assert 'class="banner"' not in text
    reconstructed = html.render(replace(one_year, reconstructed=True))
    assert reconstructed.index("Reconstructed, not observed.") < reconstructed.index('class="headline"')


@pytest.mark.usefixtures("no_pictures")
def test_one_year_has_no_trends_and_says_so(one_year: TradeStudy):
    said = "".join(Page(html.render(one_year)).text)
    assert "no trends to show" in said
    assert "networks by stage, 2023" in said


@pytest.mark.usefixtures("no_pictures")
def test_an_empty_stage_is_said_to_be_empty(flows: np.ndarray, maker: Callable[..., TradeStudy]):
    value = flows.copy()
    value[0] = np.nan
    assert "No trade is recorded in this stage." in "".join(Page(html.render(maker(value))).text)


@pytest.mark.usefixtures("no_pictures")
def test_an_extract_an_estimate_and_gaps_are_said_above_the_headline(extract: TradeStudy, study: TradeStudy):
    page = html.render(extract)
    assert page.index("An extract, not the world.") < page.index('class="headline"')
    assert "a note &lt;b&gt;" in page[: page.index('class="headline"')], "what the source says of itself"
    assert "world trade" not in page.lower().replace("w world trade", "")
    estimated = tuple(replace(p, kind="estimated") for p in study.provenance)
    assert [lead for lead, _ in numbers.banners(replace(study, provenance=estimated))] == ["Estimated."]
    status = study.trade["status"].copy()
    status.loc[{"stage": "downstream", "year": 2023, "exporter": "CHN"}] = Status.MISSING
    gaps = numbers.banners(replace(study, trade=study.trade.assign(status=status)))
    assert [lead for lead, _ in gaps] == ["With gaps."]
    assert "2.6 %" in gaps[0][1]  # 40 of the 1,560 cells, the diagonal's one among them


@pytest.mark.usefixtures("no_pictures")
def test_what_to_know_before_quoting_stands_directly_under_the_findings(study: TradeStudy):
    page = html.render(study)
    order = re.findall(r"<h2>(.*?)</h2>", page)
    assert order[order.index("Findings") + 1] == "Before quoting this"


@pytest.mark.usefixtures("no_pictures")
def test_the_staging_is_told_with_its_reason_and_what_each_heading_holds(study: TradeStudy):
    said = " ".join("".join(Page(html.render(study)).text).split())
    staging = reference.chain("rare_earths").staging("by_origin")
    assert staging.title in said
    assert staging.reason[:300] in said.replace("\u00a0", " ")
    for stage in staging.stages:
        for select in stage.selects:
            assert select.holds in said


@pytest.mark.usefixtures("no_pictures")
def test_an_indicator_that_someone_adds_stands_in_the_table_of_all(study: TradeStudy):
    rows = [("downstream", year, None, "my_own_measure", 0.1234 * (year - 2010)) for year in study.years]
    more = pl.DataFrame(rows, schema=study.indicators.schema, orient="row")
    mine = replace(study, indicators=pl.concat([study.indicators, more]))
    table = appendix.all_indicators(mine)[0]
    row = next(row for row in table.rows if row[0].text == "my_own_measure")
    assert [cell.text for cell in row[-3:]] == ["0.740", "1.23", "1.60"]
    assert "my_own_measure" in html.render(mine)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.51234, "fraction", "51.2"),
        (1_234_567.0, "thousand current USD", "1,234.6"),
        (123_456.0, "ties", "123,456"),
        (0.0, "", "0"),
    ],
)
def test_measures_are_written_with_three_digits_or_whole(value: float, unit: str, shown: str):
    assert appendix.measure(value, unit).text == shown


def test_small_values_are_not_written_as_zero(study: TradeStudy, flows: np.ndarray):
    assert tables.millions(20.0).text == "0.020"
    assert tables.millions(94.9).text == "0.095"
    assert tables.millions(450.0).text == "0.5"
    assert tables.millions(0.0).text == "0.0"
    for stage in study.stages:
        table = tables.leaders(study, stage, "exporter")
        assert table is not None
        assert all(cell.text not in {"0.0", ""} for row in table.rows for cell in row)
        assert any(cell.text != tables.NOTHING for cell in table.rows[-1][1:]), "an empty rank"


def test_a_folder_is_not_a_file(study: TradeStudy, tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"):
        write(study, tmp_path)


def test_the_table_of_leaders_holds_sums_of_the_flows(study: TradeStudy, flows: np.ndarray):
    table = tables.leaders(study, "downstream", "exporter")
    assert table is not None
    assert [header.text for header in table.header[0]] == ["", "2016", "2020", "2023"]
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
    assert set(by_year["2018"]) == {tables.NOTHING}
    assert tables.NOTHING not in by_year["2017"]


def test_stage_contents_name_the_code_and_whose_exports_count(study: TradeStudy):
    table = tables.stage_contents(study)
    assert table is not None
    rows = [[cell.text for cell in row] for row in table.rows]
    assert any(row[0].startswith("Downstream") and row[1] == "850511" and row[3] == "all countries" for row in rows)
    assert tables.stage_contents(replace(study, sorting={})) is None


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
