"""Scenario files: errors that name file, line and remedy; extending, dropping and combining."""

import re

import pytest

from xenotime.core import InputError
from xenotime.markets import gsim
from xenotime.scenarios import Scenario, load_scenario

HEAD_LINES = 5  # lines of `write`'s head, name included: instruments begin in line 6

FAULTS = {
    "unknown country": (
        "instruments:\n  - kind: export_tax\n    exporters: China\n    rate: 0.25\n",
        8,
        "instruments.0.exporters: unknown country, bloc or rule 'China'",
        "write CHN (China)",
    ),
    "rate of 25": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 25}\n",
        7,
        "instruments.0.rate: a rate of 25 would be 2,500 %",
        "25 % is 0.25",
    ),
    "share of 60": (
        "instruments:\n  - kind: export_quota\n    exporters: CHN\n    share_of_base: 60\n",
        9,
        "a share of 60 would be 6,000 %",
        "60 % is 0.6",
    ),
    "rate is a word": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: much}\n",
        7,
        "rate is 'much', not a number",
        "'25 %'",
    ),
    "overlap": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n"
        "  - {kind: import_tariff, exporters: CHN, importers: EU, rate: 0.2}\n"
        "  - kind: export_tax\n    exporters: BRICS\n    importers: USA\n    rate: 0.1\n",
        9,
        r"this export_tax and the export_tax at \S+mine.yaml, line 7, field instruments.0 both move the export tax",
        "part them",
    ),
    "overlap inside a combination": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n  - kind: combination\n    parts:\n"
        "      - {kind: import_tariff, rate: 0.1}\n      - {kind: export_tax, rate: 0.1}\n",
        11,
        "both move the export tax",
        "join them",
    ),
    "ban and tax": (
        "instruments:\n  - {kind: export_ban, exporters: CHN, importers: USA}\n"
        "  - {kind: export_tax, exporters: CHN, importers: USA, rate: 0.2}\n",
        8,
        r"this export_tax and the export_ban at \S+mine.yaml, line 7, field instruments.0 act on the same trade in"
        " 2022, all of which the ban stops",
        "leave one of the two out",
    ),
    "ban and quota": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0.5}\n"
        "  - {kind: export_ban, exporters: CHN, importers: USA}\n",
        8,
        r"this export_ban and the export_quota at \S+mine.yaml, line 7, field instruments.0 act on the same trade",
        "leave the banned countries out of the limit",
    ),
    "quota and licence": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0.5}\n"
        "  - {kind: export_licence, exporters: CHN, granted: 0.5}\n",
        8,
        "both move the export licences of the same countries in 2022",
        "part them",
    ),
    "quotas of both sides": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0.5}\n"
        "  - {kind: import_quota, exporters: all, importers: USA, share_of_base: 0.9}\n",
        8,
        "both limit the quantity of the same trade in 2022",
        "keep the stricter one",
    ),
    "rate of 2500 %": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 2500 %}\n",
        7,
        "instruments.0.rate: a rate of 2,500 %",
        "25 % is 0.25",
    ),
    "Norway as NO": (
        "instruments:\n  - {kind: export_tax, exporters: [NO, CHN], rate: 0.2}\n",
        7,
        "no is not a country to YAML",
        "Norway is NOR",
    ),
    "Norway alone": (
        "instruments:\n  - {kind: export_tax, exporters: NO, rate: 0.2}\n",
        7,
        "no is not a country to YAML",
        "Norway is NOR",
    ),
    "top of nobody": (
        "instruments:\n  - {kind: export_tax, exporters: top 0 exporters, rate: 0.2}\n",
        7,
        "'top 0 exporters' means nobody",
        "top 5 exporters",
    ),
    "top as a key": (
        "instruments:\n  - {kind: export_tax, exporters: {top: 5}, rate: 0.2}\n",
        7,
        "the key 'top' is no part of a party",
        '"top 5 exporters"',
    ),
    "unknown key of a party": (
        "instruments:\n  - {kind: export_tax, exporters: {of: CHN, exept: USA}, rate: 0.2}\n",
        7,
        "unknown key 'exept'",
        "use one of of, but, year",
    ),
    "a payer that is no country": (
        "instruments:\n  - {kind: price_floor, producers: USA, price: 1.1, means: public_purchase, payer: US}\n",
        7,
        "field instruments.0.payer: 'US' is no country",
        "USA",
    ),
    "a rent to nobody": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0.5, rent_to: nobody}\n",
        7,
        "field instruments.0.rent_to: 'nobody' is nobody who could have a rent",
        "write exporter, importer or",
    ),
    "years as one number": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, years: 2022}\n",
        7,
        "field instruments.0.years: years is 2022",
        "[2022, 2022]",
    ),
    "one side of a decoupling": (
        "instruments:\n  - {kind: decoupling, between: [USA]}\n",
        7,
        "between has 1 of the entries it needs",
        "write one more",
    ),
    "a word for an instrument": (
        "instruments:\n  - export_tax\n",
        7,
        "'export_tax' stands where keys were expected",
        "kind: ",
    ),
    "nobody": (
        "instruments:\n  - {kind: export_tax, exporters: '', rate: 0.2}\n",
        7,
        "field instruments.0.exporters: nobody is named",
        "ISO3",
    ),
    "a number for a country": (
        "instruments:\n  - {kind: export_tax, exporters: [156], rate: 0.2}\n",
        7,
        "156 is not a country",
        "ISO3 codes",
    ),
    "year outside the codes": (
        "year: 1975\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "field year: the year 1975",
        "1988",
    ),
    "nothing in force": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, years: [2030, null]}\n",
        4,
        "no instrument is in force in 2022",
        "within the years",
    ),
    "bloc before its time": (
        "year: 2010\ninstruments:\n  - kind: friend_shoring\n    members: MSP\n",
        9,
        "instruments.0.members: the bloc MSP had no members in 2010",
        "began in 2022",
    ),
    "ended state": (
        "instruments:\n  - {kind: export_tax, exporters: SUN, rate: 0.2}\n",
        7,
        "did not exist in 2022",
        "successor",
    ),
    "unknown key": (
        "instruments:\n  - kind: export_tax\n    exporter: CHN\n    rate: 0.1\n",
        8,
        "instruments.0.exporter: unknown key 'exporter'",
        "did you mean 'exporters'",
    ),
    "unknown key at the top": (
        "base_yaer: 2021\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "unknown key 'base_yaer'",
        "did you mean 'base_year'",
    ),
    "unknown kind": (
        "instruments:\n  - {kind: exporttax, exporters: CHN, rate: 0.2}\n",
        7,
        "unknown kind of instrument 'exporttax'",
        "did you mean 'export_tax'",
    ),
    "no kind": ("instruments:\n  - {exporters: CHN, rate: 0.2}\n", 7, "an instrument without kind", "import_tariff"),
    "missing rate": ("instruments:\n  - {kind: export_tax, exporters: CHN}\n", 7, "'rate' is missing", "add rate"),
    "unknown mode": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, mode: ad}\n",
        7,
        "mode is 'ad'",
        "write 'add' or 'replace'",
    ),
    "key twice": (
        "title: Again\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "the key 'title' stands twice, first in line 2",
        "leave one",
    ),
    "not YAML": (
        "instruments:\n  - {kind: export_tax, exporters: CHN\n    rate 0.2\n",
        9,
        "is not YAML",
        "mend this line",
    ),
    "no list": ("instruments: export_tax\n", 6, "instruments is not a list", "dash"),
    "no instruments": ("instruments: []\n", 6, "instruments is empty", "at least one"),
    "unknown stage": (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, stage: magnets}\n",
        7,
        "rare_earths has no stage 'magnets'",
        "downstream",
    ),
    "unknown chain": (
        "chain: rare_earth\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "unknown chain 'rare_earth'",
        "rare_earths",
    ),
    "unknown expectation": (
        "expected:\n  price of CHN: rises\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "nothing is called 'price of CHN'",
        "producer price",
    ),
    "years backwards": (
        "instruments:\n  - kind: export_tax\n    rate: 0.1\n    years: [2030, 2025]\n",
        9,
        "years run backwards: 2030 to 2025",
        "first year first",
    ),
    "retaliation at nobody": (
        "instruments:\n  - {kind: import_tariff, label: us, exporters: CHN, importers: USA, rate: 0.1}\n"
        "  - {kind: retaliation, answers: use}\n",
        8,
        "'use', which is the label of no other instrument",
        "use one of us",
    ),
    "retaliation against a floor": (
        "instruments:\n  - {kind: price_floor, label: us, producers: USA, price: 1.1, means: public_purchase}\n"
        "  - {kind: retaliation, answers: us}\n",
        8,
        "a price_floor cannot be answered in kind",
        "exporters and importers",
    ),
    "retaliation against retaliation": (
        "instruments:\n  - {kind: import_tariff, label: us, exporters: CHN, importers: USA, rate: 0.1}\n"
        "  - {kind: retaliation, label: back, answers: us}\n  - {kind: retaliation, answers: back}\n",
        9,
        "retaliation against retaliation",
        "the first instrument",
    ),
    "a part with a stage": (
        "instruments:\n  - kind: combination\n    parts:\n"
        "      - {kind: export_tax, exporters: CHN, rate: 0.1, stage: midstream}\n",
        9,
        "a part of a combination has a stage of its own",
        "move it",
    ),
    "label twice": (
        "instruments:\n  - {kind: import_tariff, label: us, importers: USA, rate: 0.1}\n"
        "  - {kind: export_tax, label: us, exporters: CHN, rate: 0.1}\n",
        8,
        "the label 'us' stands twice",
        "its own label",
    ),
    "two sizes of a quota": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0.1, tonnes: 4}\n",
        7,
        "share_of_base or tonnes, one of them",
        "leave one",
    ),
    "quota of nothing": (
        "instruments:\n  - {kind: export_quota, exporters: CHN, share_of_base: 0}\n",
        7,
        "a share of 0",
        "export_ban",
    ),
    "dollars as a multiple": (
        "instruments:\n  - {kind: price_floor, producers: CHN, price: 110, means: deficiency_payment}\n",
        7,
        "a price of 110 times the base price",
        "price_usd_per_kg",
    ),
    "delay without a cost": (
        "instruments:\n  - {kind: export_licence, exporters: CHN, delay_days: 45}\n",
        7,
        "a delay needs the cost of a day",
        "cost_per_day",
    ),
    "open bloc with friction": (
        "instruments:\n  - {kind: friend_shoring, members: EU, discriminatory: false, friction: 0.1}\n",
        7,
        "has no friction for outsiders",
        "friction to 0",
    ),
    "ban with a rate": (
        "instruments:\n  - {kind: decoupling, between: [USA, CHN], rate: 0.1}\n",
        7,
        "decoupling by ban with a rate",
        "a ban has no rate",
    ),
    "one country in two blocs": (
        "instruments:\n  - {kind: decoupling, between: [Quad, BRICS], means: tariff, rate: 0.1}\n",
        7,
        "IND in both blocs",
        "leave it out",
    ),
    "drop without extends": (
        "drop: us\ninstruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n",
        6,
        "drop without extends",
        "label",
    ),
    "combining what is not there": (
        "instruments:\n  - kind: combination\n    scenarios: [china_export_tax_52]\n",
        8,
        "unknown scenario 'china_export_tax_52'",
        "china_export_tax_25",
    ),
}


@pytest.mark.parametrize(("body", "line", "what", "remedy"), FAULTS.values(), ids=FAULTS)
def test_faults_name_file_line_and_remedy(body, line, what, remedy, write):
    path = write(body)
    with pytest.raises(InputError) as problem:
        load_scenario(path)
    text = str(problem.value)
    first, second = text.split("\n", 1)
    assert first.startswith(f"{path}, line {line}")
    assert re.search(what, first), first
    assert second.startswith("Remedy: ")
    assert remedy in second
    assert "more fault" not in first


def test_several_faults_are_counted(write):
    path = write("instruments:\n  - {kind: export_tax, exporters: China, rate: 25}\n")
    with pytest.raises(InputError, match=r"\(and 1 more fault\)"):
        load_scenario(path)


def test_unknown_names_get_the_nearest():
    with pytest.raises(InputError) as problem:
        load_scenario("china_export_tax")
    assert "did you mean china_export_tax_25" in str(problem.value)
    with pytest.raises(InputError, match="No such file"):
        load_scenario("nowhere.yaml")


@pytest.mark.parametrize("text", ["", "- a list\n", "name\n"])
def test_files_that_hold_no_scenario(text, tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="does not hold a scenario") as problem:
        load_scenario(path)
    assert "line 1" in str(problem.value)


def test_circles_of_files_are_refused(write):
    one = write("title: One\nextends: two.yaml\n", "one", head="")
    write("title: Two\nextends: three.yaml\n", "two", head="")
    third = write("title: Three\nextends: one.yaml\n", "three", head="")
    with pytest.raises(InputError, match=r"circle: one.yaml → two.yaml → three.yaml → one.yaml") as problem:
        load_scenario(one)
    assert str(problem.value).startswith(f"{third}, line 3")
    itself = write("title: Self\nextends: itself.yaml\n", "itself", head="")
    with pytest.raises(InputError, match=r"circle: itself.yaml → itself.yaml"):
        load_scenario(itself)


def test_extending_a_missing_file(write):
    with pytest.raises(InputError, match="there is no file") as problem:
        load_scenario(write("extends: gone.yaml\n"))
    assert "line 6" in str(problem.value)


def test_extending_lays_fields_and_labelled_instruments_over(write):
    write(
        "year: 2024\nexpected: {world quantity: falls}\ninstruments:\n"
        "  - {kind: export_tax, label: china, exporters: CHN, rate: 0.25}\n"
        "  - {kind: import_tariff, label: us, exporters: CHN, importers: USA, rate: 0.1}\n",
        "parent",
    )
    child = write(
        "title: Child\nextends: parent.yaml\nyear: 2026\ndrop: us\ninstruments:\n"
        "  - {label: china, rate: 0.4}\n  - {kind: output_subsidy, producers: AUS, rate: 0.1}\n",
        "child",
        head="",
    )
    scenario = load_scenario(child)
    assert (scenario.title, scenario.year, scenario.base_year, scenario.stage) == ("Child", 2026, 2022, ("downstream",))
    assert [one.kind for one in scenario.instruments] == ["export_tax", "output_subsidy"]
    assert scenario.instruments[0].rate == 0.4
    assert scenario.instruments[0].exporters.of == ("CHN",)
    assert scenario.expected == {}  # other instruments: what the parent expected need not hold
    # Each field keeps the line of the file it stands in.
    assert scenario.where(("instruments", 0, "rate")).startswith(f"{child}, line 7")
    assert "parent.yaml, line 9" in scenario.where(("instruments", 0, "exporters"))


def test_a_fault_in_an_extended_file_names_that_file(write):
    parent = write("instruments:\n  - {kind: export_tax, exporters: XYZ, rate: 0.25}\n", "parent")
    child = write("title: Child\nextends: parent.yaml\n", "child", head="")
    with pytest.raises(InputError) as problem:
        load_scenario(child)
    assert str(problem.value).startswith(f"{parent}, line 7")


def test_dropping_an_unknown_label(write):
    path = write("title: X\nextends: china_export_tax_25\ndrop: [chine]\n", head="")
    with pytest.raises(InputError, match="'chine', which is no label there") as problem:
        load_scenario(path)
    assert "use one of china" in str(problem.value)


def test_a_combination_takes_in_whole_scenarios(market):
    both = load_scenario("all_main_exporters_tax_25")
    kinds = [part.kind for part in both.instruments[0].parts]
    assert kinds == ["export_tax", "export_tax"]
    apart = [load_scenario(name).policy() for name in ("china_export_tax_25", "other_exporters_tax_25")]
    together = gsim(market, both.policy())
    assert together.prices == pytest.approx(gsim(market, apart).prices, abs=1e-12)


def test_base_year_outside_the_data(write):
    scenario = load_scenario(write("instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n"))
    scenario.check_data([2020, 2021, 2022])
    with pytest.raises(InputError, match="base_year 2022 is outside the data, which hold 2005 to 2019") as problem:
        scenario.check_data(range(2005, 2020))
    assert "line 4, field base_year" in str(problem.value)
    assert "write base_year: 2019" in str(problem.value)


def test_faults_that_only_a_market_shows_name_the_line(write, market):
    path = write("instruments:\n  - {kind: export_quota, exporters: CHN, tonnes: 100}\n")
    scenario = load_scenario(path)
    with pytest.raises(InputError, match="needs the base trade in tonnes") as problem:
        gsim(market, scenario.policy())
    assert str(problem.value).startswith(f"{path}, line 7")
    with pytest.raises(InputError, match="nobody of China is in the market"):
        scenario.policy(names=("JPN", "USA"))
    paid = write(
        "instruments:\n  - {kind: price_floor, producers: USA, price: 1.1, means: public_purchase, payer: ISL}\n",
        "paid",
    )
    with pytest.raises(InputError, match=r"line 7, field instruments.0.payer: ISL is not in this market"):
        gsim(market, load_scenario(paid).policy())
    with pytest.raises(InputError, match="other countries"):
        scenario.policy(names=("CHN", "USA")).apply(_base(market))
    with pytest.raises(InputError, match="no instrument acts on stage 'upstream'"):
        scenario.policy(stage="upstream")


def test_overlap_of_rules_is_found_in_the_market(write, market):
    body = "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n"
    path = write(body + "  - {kind: export_tax, exporters: top 2 exporters, rate: 0.2}\n")
    scenario = load_scenario(path)  # who the two are is not known yet
    with pytest.raises(InputError, match="both move the export tax") as problem:
        gsim(market, scenario.policy())
    assert str(problem.value).startswith(f"{path}, line 8")


def test_overlap_in_a_later_year_is_found(write):
    body = (
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, years: [2020, 2025]}\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.3, years: [2025, null]}\n"
    )
    with pytest.raises(InputError, match="in 2025"):
        load_scenario(write(body))
    load_scenario(write(body.replace("[2025, null]", "[2026, null]")))


def test_python_gets_the_same_checks():
    fields = {"name": "mine", "title": "Mine", "stage": "downstream", "base_year": 2022, "source": "a test"}
    tax = {"kind": "export_tax", "exporters": "CHN", "rate": 0.2}
    assert Scenario(**fields, instruments=[tax]).policy_year == 2022
    with pytest.raises(InputError, match=r"field instruments.1: this export_tax"):
        Scenario(**fields, instruments=[tax, tax])


def test_stages_take_their_own_instruments(write, market):
    path = write(
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2}\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.3, stage: midstream}\n"
    )
    scenario = load_scenario(path)
    assert scenario.stages == ("downstream", "midstream")
    rates = [scenario.policy(stage=stage).apply(_base(market)).export_taxes.max() for stage in scenario.stages]
    assert rates == pytest.approx([0.2, 0.3])


def _base(market):
    from xenotime.markets import Shock

    return Shock.base(market)


def test_a_tax_on_trade_part_of_which_is_banned_stands_and_says_so(write, market):
    path = write(
        "instruments:\n  - {kind: export_ban, exporters: CHN, importers: USA}\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.2}\n"
    )
    notes = load_scenario(path).policy(names=market.names).notes
    assert len(notes) == 1
    assert re.search(r"the export_ban \(\S+, line 7.*stops a part of the trade on which the export_tax", notes[0])


def test_limits_that_part_years_or_countries_may_stand(write):
    quota = "instruments:\n  - {kind: export_quota, exporters: CHN, importers: all but USA, share_of_base: 0.5}\n"
    load_scenario(write(quota + "  - {kind: export_ban, exporters: CHN, importers: USA}\n"))
    ceiling = "  - {kind: source_limit, importers: EU, largest_share: 0.65}\n"
    load_scenario(write(quota + ceiling))


def test_instruments_that_change_nothing_say_why(write):
    from xenotime.markets import Market

    names = ("CHN", "JPN", "USA")
    flows = [[0, 10, 10], [5, 0, 5], [0, 5, 0]]
    market = Market.from_arrays(flows, names=names)
    path = write(
        "instruments:\n  - {kind: export_tax, exporters: USA, importers: CHN, rate: 0.2}\n"
        "  - {kind: liberalisation, exporters: JPN}\n"
        "  - {kind: export_quota, exporters: JPN, share_of_base: 0.9}\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.2, years: [2030, null]}\n"
    )
    said = load_scenario(path).policy(names=names).idle(market)
    assert len(said) == 2
    assert "line 7, field instruments.0) changes nothing: those it names do not trade with each other here" in said[0]
    assert "line 8, field instruments.1) changes nothing: what it sets holds already" in said[1]
    later = write(
        "instruments:\n  - {kind: export_tax, exporters: CHN, rate: 0.2, stage: midstream}\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.2, years: [2030, null]}\n"
    )
    assert load_scenario(later).policy(names=names).idle(market) == ("no instrument is in force on downstream in 2022",)


def test_more_limits_than_can_be_solved_are_refused_before_they_fill_memory(write):
    import numpy as np

    from xenotime.markets import Market
    from xenotime.reference import existing

    names = existing(2022)[:200]
    market = Market.from_arrays(np.ones((200, 200)), names=names)
    path = write("instruments:\n  - {kind: import_quota, importers: all, share_of_base: 0.5, counted: each pair}\n")
    with pytest.raises(
        InputError, match=r"line 7, field instruments.0: more than 625 limits on 200 countries"
    ) as problem:
        load_scenario(path).policy(names=names).apply(_base(market))
    assert "counted: each importer" in problem.value.remedy
