"""How the study's sentences write numbers and names, and what its settings refuse."""

import re

import pytest

from xenotime.core import InputError, Provenance
from xenotime.studies import AlliancesSettings, alliances
from xenotime.studies.alliances import phrases
from xenotime.studies.alliances.covariates import COVARIATES

OFF = {
    "bootstrap": 0, "mcmle": False, "total_draws": 0, "gof": 0, "permutations": 0, "origins": 0, "paths": 0,
    "breaks": (), "lags": (), "leave_out": (),
}  # fmt: skip


def test_titles_keep_their_capitals_inside_a_sentence():
    assert phrases.named("log_gdp") == "log GDP"
    assert phrases.labelled("nodeocov.log_gdp.lag1") == "exporter's log GDP, 1 year before"
    assert phrases.labelled("edgecov.log_distance") == "log distance"


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("minimum_share = 0.02", "import_share", "2 % of imports"),
        ("minimum_share = 0.125", "export_share", "12.5 % of exports"),
        ("minimum_kusd = 20", "value_threshold", "US$\N{NO-BREAK SPACE}20,000"),
        ("k = 3", "top_k", "k = 3"),
    ],
)
def test_thresholds_are_said_in_words(text, rule, words):
    assert phrases.threshold(text, rule) == words


def test_a_tie_is_said_in_words_where_there_are_any():
    assert phrases.tie("import_share", "w", {"minimum_share": 0.05}) == "of 5 % or more of the importer's imports"
    assert phrases.tie("value_threshold", "w", {"minimum_kusd": 20.0}) == "of US$\N{NO-BREAK SPACE}20,000 or more"
    assert phrases.tie("top_k", "among the k largest", {"k": 3}) == "with among the k largest (k = 3)"
    by_year = {"minimum_kusd": {2001: 10.0}}
    assert phrases.tie("value_threshold", "w_ij ≥ minimum_kusd", by_year).endswith("(minimum_kusd by year)")


def test_numbers_have_true_minus_signs_and_no_minus_zero():
    assert phrases.number(-0.0312) == "−0.031"
    assert phrases.number(-0.0001) == "0.000"
    assert phrases.years([2001, 2002, 2003, 2007]) == "2001–2003, 2007"
    assert phrases.amount(8031.0) == "8,030"
    assert phrases.amount(0.5034) == "0.503"


def test_sources_are_named_by_their_titles():
    known = [Provenance("atop", "5.1", title="ATOP alliances"), Provenance("unga", "2020", title="Votes")]
    assert phrases.titled("atop 5.1 + unga 2020", known) == "ATOP alliances; Votes"
    assert phrases.titled("somewhere 1", known) == "somewhere 1"


def test_sentences_hold_no_names_of_parameters_and_no_ascii_minus(alliances_study):
    said = [line for by_stage in alliances_study.words.values() for lines in by_stage.values() for line in lines]
    said += [alliances_study.headline, *alliances_study.findings]
    for line in said:
        assert "minimum_" not in line
        assert not re.search(r"(?<![\w–-])-\d", line), line
        assert "log gdp" not in line
    assert any("US$\N{NO-BREAK SPACE}100,000" in line for line in said)
    assert any("of US$\N{NO-BREAK SPACE}20,000 or more" in line for line in alliances_study.caveats)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"interest": ("cooperation", "cooperation")}, "cooperation is named twice"),
        ({"interest": ("log_gdp",)}, "log_gdp is of countries"),
        ({"sources": {"cooperashun": "gdelt"}}, "no covariate or table cooperashun"),
        ({"thresholds": (-5.0, 20.0)}, "above 0"),
        ({"share_thresholds": (2.0,)}, "between 0 and 1"),
        ({"permutations": 1}, "1 relabellings give no p-value"),
        ({"years": 2010}, "takes a list, in brackets"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        AlliancesSettings.read(**wrong)


def test_settings_are_read_as_people_write_them():
    assert AlliancesSettings.read(covariates="cooperation", nodes="CHN").covariates == ("cooperation",)
    with pytest.raises(InputError, match="alliances_2030: no settings of this name") as fault:
        AlliancesSettings.read("alliances_2030")
    assert "alliances_2002_2018, alliances_2019_2024" in str(fault.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes": ("CHN", "usa")}, "no flows of usa"),
        ({"formula": "edges + edgecov('log_gdp', lag=1)"}, "'log_gdp' is a covariate of countries"),
        ({"formula": "edges + nodeocov('cooperation', lag=1)"}, "'cooperation' is a covariate of pairs"),
        ({"formula": "edges + memory('stability')"}, r"add one to the formula, as edgecov\('cooperation', lag=1\)"),
        ({"formula": "edges + foo"}, "'foo' is not a term"),
        ({"nodes": ("CHN", "USA", "JPN")}, "3 countries"),
    ],
)
def test_what_is_asked_wrongly_is_said_once(small_store, changes, words):
    with pytest.raises(InputError, match=words) as fault:
        alliances(small_store, settings=AlliancesSettings.read(**OFF, **changes))
    assert str(fault.value).count("Remedy") <= 1


@pytest.mark.parametrize("term", ["idegree(1)", "istar(2)", "Form(~gwidegree(0.5, fixed=TRUE))"])
def test_terms_of_a_bounded_degree_are_refused_however_they_are_spelled(small_store, term):
    asked = AlliancesSettings.read(**OFF, formula=f"edges + {term} + edgecov('cooperation', lag=1)")
    with pytest.raises(InputError, match="has no meaning here"):
        alliances(small_store, rule="import_share", settings=asked)


def test_what_the_settings_name_and_nothing_answers_to_is_a_caveat(small_store):
    asked = AlliancesSettings.read(
        **OFF, interest=("cooperation", "ideal_distance"), carry=("ideal_distance", "defence_pact", "log_distance")
    )
    said = " ".join(alliances(small_store, settings=asked).caveats)
    assert "in no model, so nothing is said of it: distance of ideal points" in said
    assert f"{COVARIATES['ideal_distance'].title} is not frozen, though `carry` names it: it is in no model" in said
    assert "Defence pact is not frozen, though `carry` names it: its source reaches 2014" in said
    assert "Log distance is not frozen, though `carry` names it: it does not end" in said


@pytest.mark.parametrize(("name", "held"), [("alignment", "defence_pact"), ("same_bloc", "trade_agreement")])
def test_a_covariate_of_interest_stands_in_for_what_it_is_made_of(small_store, name, held):
    study = alliances(small_store, settings=AlliancesSettings.read(**OFF, interest=(name,)))
    terms = " ".join(study.fits["downstream"].names)
    assert f"edgecov.{name}" in terms
    assert held not in terms


def test_another_mineral_is_not_held_against_claims_on_rare_earths(alliances_study):
    from xenotime.studies.alliances.claims import claims

    assert claims(alliances_study.tables, 0.05, "rare_earths").height == 5
    assert claims(alliances_study.tables, 0.05, "cobalt").is_empty()
