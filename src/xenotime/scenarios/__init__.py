"""Policy written as data: instruments, scenarios in YAML, and a library of ready ones.

``load_scenario("china_export_tax_25")`` or a path gives a `Scenario`; ``scenario.policy(year, names)`` a
`markets.Policy` for ``markets.gsim``; ``scenario.signs(result)`` holds the answer against what the author expected.
"""

from xenotime.scenarios.expected import Sign
from xenotime.scenarios.instruments import INSTRUMENTS, Instrument, Measure
from xenotime.scenarios.loading import library, load_scenario
from xenotime.scenarios.parties import Party, Setting
from xenotime.scenarios.scenario import Scenario, ScenarioPolicy
from xenotime.scenarios.schema import json_schema

__all__ = [
    "INSTRUMENTS",
    "Instrument",
    "Measure",
    "Party",
    "Scenario",
    "ScenarioPolicy",
    "Setting",
    "Sign",
    "json_schema",
    "library",
    "load_scenario",
]
