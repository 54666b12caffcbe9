"""Write docs/instruments.md from the instruments themselves: ``python docs/instruments.py``. A test compares."""

import json
from pathlib import Path

import yaml

PAGE = Path(__file__).with_name("instruments.md")
OPENING = """# The instruments, key by key

What may stand under `instruments` in a [scenario](how-to/write-a-scenario.md). Rates and shares are fractions
(`0.25`) or carry their sign (`25 %`); no rate is above 2,000 %. Unknown keys are refused with file, line and the keys
that may stand there.

Every instrument takes these, and most take `phase_in`:

{common}

This page is written by `python docs/instruments.py`.
"""
COMMON = ("label", "note", "stage", "years")
NAMED = {
    "Party": "countries, blocs or a rule",
    "Window": "`[first, last]`",
    "PhaseIn": "`{first: year, full: year}`",
}


def page() -> str:
    """Return the page: the keys of every instrument with value, unit and default, and an example."""
    from xenotime.scenarios import INSTRUMENTS

    parts = []
    for kind, model in INSTRUMENTS.items():
        keys = _properties(model)
        if not parts:
            parts.append(OPENING.format(common=_table({name: keys[name] for name in COMMON}, ())))
        own = {name: value for name, value in keys.items() if name not in (*COMMON, "kind")}
        required = [name for name, field in model.model_fields.items() if field.is_required()]
        summary = (model.__doc__ or "").split("\n")[0]
        example = yaml.safe_dump(
            [model.example], sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
        )
        parts.append(
            f"## `{kind}`\n\n{summary}\n\n> {model.formula}\n\n{_table(own, required)}\n\n"
            f"```yaml\n{example.strip()}\n```\n"
        )
    return "\n".join(parts)


def _properties(model):
    schema = model.model_json_schema()
    if "properties" not in schema:  # a combination holds itself
        schema = schema["$defs"][model.__name__]
    return schema["properties"]


def _table(keys, required):
    rows = ["| key | value | unit | default | |", "|---|---|---|---|---|"]
    for name, about in sorted(keys.items(), key=lambda item: (item[0] not in required, item[0] == "phase_in")):
        default = "" if about.get("default") is None else f"`{_written(about['default'])}`"
        default = "needed" if name in required else default
        text = about.get("description", "").replace("|", "\\|")
        rows.append(f"| `{name}` | {_value(about)} | {about.get('unit', '')} | {default} | {text} |")
    return "\n".join(rows)


def _written(value):
    return value if isinstance(value, str) else json.dumps(value)


def _value(about):
    """Return in words what may be written for a key."""
    if "$ref" in about:
        words = NAMED.get(about["$ref"].rsplit("/", 1)[-1], "instrument")
    elif "anyOf" in about:
        kinds = [one for one in about["anyOf"] if one.get("type") != "null"]
        signed = any("%" in one.get("pattern", "") for one in kinds)
        words = "fraction, or per cent with its sign" if signed else " or ".join(map(_value, kinds))
    elif "enum" in about:
        words = ", ".join(f"`{one}`" for one in about["enum"])
    elif "prefixItems" in about:
        words = f"two of: {_value(about['prefixItems'][0])}"
    elif about.get("type") == "array":
        words = "list of instruments" if "oneOf" in about["items"] else f"list of {_value(about['items'])}"
    else:
        words = {"string": "text", "boolean": "`true`, `false`"}.get(about.get("type"), "number")
    return words


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
