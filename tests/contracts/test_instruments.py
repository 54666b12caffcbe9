"""Every policy instrument, by being listed, keeps these promises."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from xenotime.core import InputError
from xenotime.markets import Market, Shock, gsim
from xenotime.scenarios import INSTRUMENTS, Instrument, Scenario, Setting, schema

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("AUS", "CHN", "DEU", "FRA", "JPN", "RUS", "USA")
ONE = TypeAdapter(Instrument)
STRIKE = ONE.validate_python({"kind": "export_tax", "label": "first_strike", "exporters": "CHN", "rate": 0.25})


@pytest.fixture(params=INSTRUMENTS.items(), ids=INSTRUMENTS.keys())
def listed(request):
    return request.param


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(7)
    flows = rng.lognormal(2, 1, (7, 7))
    flows[1, [0, 2, 3, 4, 5, 6]] *= 10
    return Market.from_arrays(flows, names=NAMES, tariffs=rng.uniform(0.01, 0.2, 7), export_taxes=np.full(7, 0.02))


def setting(market, year=2022):
    return Setting(year=year, names=market.names, market=market, book={"first_strike": STRIKE})


def scenario(row):
    first = (
        []
        if row["kind"] != "retaliation"
        else [STRIKE.model_dump(mode="json", exclude_defaults=True) | {"kind": "export_tax"}]
    )
    fields = {"name": "one", "title": "One", "stage": "downstream", "base_year": 2022, "year": 2030, "source": "a test"}
    return Scenario.model_validate({**fields, "instruments": [*first, row]})


def same(one, other):
    """Whether two shocks are the same state of policy."""
    matrices = ("tariffs", "export_taxes", "output_subsidies", "frictions", "bans", "chokes")
    return one.limits == other.limits and all(np.array_equal(getattr(one, m), getattr(other, m)) for m in matrices)


def test_is_listed_under_its_kind_and_described(listed):
    kind, model = listed
    assert model.model_fields["kind"].default == kind
    summary = model.__doc__.split("\n")[0]
    row = f"| `{kind}` | {summary} | {model.formula} |"
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    assert row in text, f"docs/scenarios.md lacks the row\n{row}"


def test_the_example_does_something(listed, market):
    instrument = ONE.validate_python(listed[1].example)
    base = Shock.base(market)
    shock = instrument.apply(base, setting(market, 2030))
    assert not same(shock, base)
    result = gsim(market, shock)
    assert np.abs(result.prices - 1).max() > 1e-4
    assert instrument.describe()


def test_neutral_changes_nothing(listed, market):
    neutral = ONE.validate_python({**listed[1].example, **listed[1].neutral})
    shock = neutral.apply(Shock.base(market), setting(market, 2030))
    result = gsim(market, shock)
    np.testing.assert_allclose(result.prices, 1.0, rtol=0, atol=1e-10)
    np.testing.assert_allclose(result.flows.landed, market.landed, rtol=1e-9)
    np.testing.assert_allclose(result.welfare["net"].to_numpy(), 0.0, atol=1e-7)


def test_out_of_its_years_changes_nothing_at_all(listed, market):
    instrument = ONE.validate_python({**listed[1].example, "years": [2030, 2031]})
    base = Shock.base(market)
    whole = scenario(listed[1].example)
    assert instrument.strength(2029) == instrument.strength(2032) == 0
    assert instrument.strength(2030) == 1
    later = whole.model_copy(update={"instruments": (instrument,)})
    assert same(later.policy(2029).apply(base), base)


def test_apply_is_pure(listed, market):
    instrument = ONE.validate_python(listed[1].example)
    base = Shock.base(market)
    for matrix in (base.tariffs, base.export_taxes, base.output_subsidies, base.frictions, base.bans, base.chokes):
        matrix.setflags(write=False)
    there = setting(market, 2030)
    assert same(instrument.apply(base, there), instrument.apply(base, there))
    assert same(base, Shock.base(market))


def test_own_trade_is_never_touched(listed, market):
    shock = ONE.validate_python(listed[1].example).apply(Shock.base(market), setting(market, 2030))
    for after, before in (
        (shock.tariffs, market.tariffs),
        (shock.export_taxes, market.export_taxes),
        (shock.frictions, np.zeros((7, 7))),
        (shock.bans, np.zeros((7, 7), dtype=bool)),
    ):
        np.testing.assert_array_equal(np.diag(after), np.diag(before))


def test_labels_do_not_matter(listed, market):
    order = np.array([6, 2, 0, 5, 1, 4, 3])
    shuffled = Market.from_arrays(
        market.flows[np.ix_(order, order)],
        names=[NAMES[i] for i in order],
        tariffs=market.tariffs[np.ix_(order, order)],
        export_taxes=market.export_taxes[np.ix_(order, order)],
    )
    instrument = ONE.validate_python(listed[1].example)
    results = [gsim(m, instrument.apply(Shock.base(m), setting(m, 2030))) for m in (market, shuffled)]
    np.testing.assert_allclose(results[0].prices[order], results[1].prices, rtol=1e-8)


def test_meets_itself(listed, market):
    instrument = ONE.validate_python(listed[1].example)
    reaches = instrument.reaches(setting(market, 2030))
    assert reaches
    assert all(reach.meets(reach) for reach in reaches)
    twice = scenario(listed[1].example).model_dump(mode="json")
    twice["instruments"].append(listed[1].example)
    with pytest.raises(InputError, match="both move the"):
        Scenario.model_validate(twice)


def test_yaml_round_trip(listed):
    whole = scenario(listed[1].example)
    assert Scenario.model_validate(yaml.safe_load(whole.to_yaml())) == whole
    assert Scenario.model_validate_json(whole.model_dump_json()) == whole


def test_fields_say_what_they_are_and_their_unit(listed):
    definition = schema.json_schema()["$defs"][listed[1].__name__]
    for name, field in definition["properties"].items():
        if name in {"kind", "years", "phase_in"}:
            continue
        assert field.get("description"), name
        if any(f'"{number}"' in json.dumps(field) for number in ("number", "integer")):
            assert field.get("unit"), f"{name} has no unit"


def test_published_schema_is_current():
    published = (DOCS / "scenario.schema.json").read_text(encoding="utf-8")
    assert published == schema.text(), (
        "docs/scenario.schema.json is out of date; write it anew:"
        " python -c \"from xenotime.scenarios.schema import publish; publish('docs/scenario.schema.json')\""
    )


def test_schema_lists_every_kind():
    definitions = schema.json_schema()
    kinds = definitions["properties"]["instruments"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == set(INSTRUMENTS)


def test_every_key_is_in_the_docs_with_unit_default_and_example(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import instruments

    assert instruments.page() == instruments.PAGE.read_text(encoding="utf-8"), "run: python docs/instruments.py"
    text = instruments.page()
    for kind, model in INSTRUMENTS.items():
        section = text.split(f"## `{kind}`")[1].split("\n## ")[0]
        assert all(
            f"| `{name}` |" in section for name in model.model_fields if name not in (*instruments.COMMON, "kind")
        )
        (row,) = yaml.safe_load(section.split("```yaml")[1].split("```")[0])
        assert ONE.validate_python(row) == ONE.validate_python(model.example)
