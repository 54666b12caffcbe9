"""The JSON Schema of scenario files, for editors and forms; docs/scenario.schema.json is its published copy.

``python -c "from xenotime.scenarios.schema import publish; publish('docs/scenario.schema.json')"`` writes it anew.
"""

import json
from pathlib import Path
from typing import Any

from xenotime.core import write_text
from xenotime.scenarios.scenario import Scenario


def json_schema() -> dict[str, Any]:
    """Return the schema of a file: a scenario by itself, or one that extends another."""
    schema = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"] = {
        **schema["properties"],
        "extends": {"type": "string", "description": "another scenario, by name or by path from this file"},
        "drop": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": "labels of instruments of the extended file to leave out",
        },
    }
    alone = schema.pop("required")
    schema["anyOf"] = [{"required": alone}, {"required": ["name", "title", "extends"]}]
    combination = schema["$defs"]["Combination"]
    combination["properties"]["scenarios"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "scenarios whose instruments become parts",
    }
    combination["required"] = [key for key in combination["required"] if key != "parts"]
    combination["anyOf"] = [{"required": ["parts"]}, {"required": ["scenarios"]}]
    return schema


def text() -> str:
    """Return the schema as the published file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def publish(path: Path | str) -> None:
    """Write the schema to a file."""
    write_text(path, text())
