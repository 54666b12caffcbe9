"""From a YAML file to a `Scenario`: what it extends, what it combines, and errors that name file, line and remedy."""

import difflib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from xenotime.core import InputError
from xenotime.scenarios.instruments import INSTRUMENTS
from xenotime.scenarios.marks import MarkedDict, MarkedList, place, read
from xenotime.scenarios.scenario import Origin, Scenario

_FOLDER = Path(str(files("xenotime.scenarios").joinpath("library")))
_CHAIN = Scenario.model_fields["chain"].default
HELP = "see docs/how-to/write-a-scenario.md"


@cache
def library() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the package: one YAML each, the file name is the name."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_scenario(name: str | Path) -> Scenario:
    """Return a scenario of the library by name, or one's own by the path of its YAML file.

    Parameters
    ----------
    name : str or Path
        A name in `library`, or a path (a `Path`, or text that ends in ``.yaml`` or ``.yml``).

    Raises
    ------
    InputError
        Unknown name; or the file breaks a rule, naming file, line, field and remedy.
    """
    return _validated(_resolved(_find(name, None), ()))


def _find(name: str | Path, beside: Path | None) -> Path:
    if isinstance(name, Path) or name.endswith((".yaml", ".yml")):
        path = Path(name)
        return path if beside is None or path.is_absolute() else beside.parent / path
    if name not in library():
        close = difflib.get_close_matches(name, library(), n=3, cutoff=0.4)
        raise InputError(
            f"unknown scenario {name!r}",
            remedy=f"did you mean {' or '.join(close)}?" if close else f"use one of {', '.join(library())}, or a path",
        )
    return _FOLDER / f"{name}.yaml"


def _shown(path: Path) -> str:
    return f"library/{path.name}" if path.parent == _FOLDER else str(path)


def _resolved(path: Path, above: tuple[Path, ...]) -> MarkedDict:
    """Read a file, and merge it into what it extends."""
    data = read(path, _shown(path))
    _instruments(data)
    parent = _follow(data, "extends", data["extends"], path, above) if "extends" in data else None
    inherited = _CHAIN if parent is None else parent.get("chain", _CHAIN)
    _combine(data, data.get("chain", inherited), path, above)
    if parent is None:
        if "drop" in data:
            raise InputError(
                "drop without extends",
                where=str(data.marks["drop"]),
                remedy="drop names labels of the file that is extended",
            )
        return data
    return _merged(parent, data)


def _instruments(data: MarkedDict) -> None:
    """Refuse what is no list of instruments, and labels that are not text, before files are laid over each other."""
    if "instruments" not in data:
        return
    if not isinstance(data["instruments"], MarkedList):
        raise InputError(
            "instruments is not a list",
            where=f"{data.marks['instruments']}, field instruments",
            remedy=f"write its items below each other, each after a dash; {HELP}",
        )
    for i, one in enumerate(data["instruments"]):
        if isinstance(one, MarkedDict) and not isinstance(one.get("label"), str | None):
            raise InputError(
                f"the label is {one['label']!r}, not text",
                where=f"{one.marks['label']}, field instruments.{i}.label",
                remedy="write small letters, digits, underscores",
            )


def _follow(data: MarkedDict, key: str, name: Any, path: Path, above: tuple[Path, ...]) -> MarkedDict:
    """Read another scenario that this one names, and refuse circles."""
    where = str(data.marks[key])
    if not isinstance(name, str):
        raise InputError(f"{key} is {name!r}, not a name or path", where=where, remedy="write one name of the library")
    try:
        target = _find(name, path)
    except InputError as problem:
        raise InputError(problem.what, where=where, remedy=problem.remedy) from problem
    trail = (*above, path.resolve())
    if target.resolve() in trail:
        circle = [*trail[trail.index(target.resolve()) :], target]
        steps = " → ".join(_shown(one) if one.parent == _FOLDER else one.name for one in circle)
        raise InputError(
            f"{key} runs in a circle: {steps}",
            where=where,
            remedy="let one of these files stand by itself",
        )
    if not target.is_file():
        raise InputError(f"there is no file {target}", where=where, remedy="check the path, counted from this file")
    return _resolved(target, trail)


def _combine(data: MarkedDict, chain: Any, path: Path, above: tuple[Path, ...]) -> None:
    """Put the instruments of named scenarios, all of one chain, in place of `scenarios` in combinations."""
    for one in data.get("instruments") or ():
        if not isinstance(one, MarkedDict) or one.get("kind") != "combination" or "scenarios" not in one:
            continue
        names, mark = one.pop("scenarios"), one.marks["scenarios"]
        parts = one.get("parts") or MarkedList(mark)
        if not isinstance(names, list) or not isinstance(parts, MarkedList):
            raise InputError("scenarios is not a list", where=str(mark), remedy="write scenarios: [name, name]")
        one.put("parts", parts, one.marks.get("parts", mark))
        for name in names:
            other = _follow(one, "scenarios", name, path, above)
            if other.get("chain", _CHAIN) != chain:
                raise InputError(
                    f"{name} is about {other.get('chain', _CHAIN)}, not {chain}",
                    where=str(mark),
                    remedy="combine scenarios of one chain: each chain has markets of its own",
                )
            for i, part in enumerate(other.get("instruments") or ()):
                parts.add(part, other["instruments"].marks[i])


def _merged(parent: MarkedDict, child: MarkedDict) -> MarkedDict:
    """Lay a file over the one it extends; instruments of the same label are laid over each other, others are added."""
    found = MarkedDict(child.mark)
    for one in (parent, child):
        for key, value in one.items():
            if key not in {"extends", "drop", "instruments", "expected"}:
                found.put(key, value, one.marks[key])
    for key in ("name", "title"):
        if key not in child:
            found.pop(key, None)
    # What the parent expects of its own instruments need not hold for the child's, so a child that says anything
    # about it says all of it.
    holder = child if "expected" in child else parent
    if "expected" in holder and ("expected" in child or "instruments" not in child):
        found.put("expected", holder["expected"], holder.marks["expected"])
    mark = child.marks.get("instruments", parent.marks.get("instruments", child.mark))
    found.put("instruments", _merged_instruments(parent, child), mark)
    return found


def _merged_instruments(parent: MarkedDict, child: MarkedDict) -> MarkedList:
    drop = child.get("drop") or []
    drop = drop if isinstance(drop, list) else [drop]
    old, new = (one.get("instruments", MarkedList(one.mark)) for one in (parent, child))
    labels = [one.get("label") if isinstance(one, dict) else None for one in old]
    for name in drop:
        if name not in labels:
            known = ", ".join(str(label) for label in labels if label)
            raise InputError(
                f"drop names {name!r}, which is no label there",
                where=str(child.marks["drop"]),
                remedy=f"use one of {known}" if known else "give the instruments of that file labels",
            )
    merged = MarkedList(new.mark)
    laid_over = {one["label"]: one for one in new if isinstance(one, MarkedDict) and one.get("label") in labels}
    for one, mark, label in zip(old, old.marks, labels):
        if label is not None and label in drop:
            continue
        if label in laid_over:
            whole = MarkedDict(laid_over[label].mark)
            for part in (one, laid_over[label]):
                for key, value in part.items():
                    whole.put(key, value, part.marks[key])
            merged.add(whole, whole.mark)
        else:
            merged.add(one, mark)
    for one, mark in zip(new, new.marks):
        if not (isinstance(one, MarkedDict) and one.get("label") in laid_over):
            merged.add(one, mark)
    return merged


def _validated(data: MarkedDict) -> Scenario:
    try:
        return Scenario.model_validate(data, context=Origin(data))
    except ValidationError as problem:
        # A list with a faulty item also counts as too short: that is no fault of its own.
        faults = [one for one in problem.errors(include_url=False) if one["type"] != "too_short" or not one["input"]]
        first, more = faults[0], len(faults) - 1
        what, remedy = _explained(first)
        if more:
            what += f" (and {more} more fault{'s' if more > 1 else ''})"
        raise InputError(what, where=_where(data, first["loc"]), remedy=remedy) from problem


def _where(data: MarkedDict, path: tuple[str | int, ...]) -> str:
    field = ".".join(_written(data, path))
    return f"{place(data, path)}" + (f", field {field}" if field else "")


def _written(data: Any, path: tuple[str | int, ...]) -> list[str]:
    """Return a field as the file has it: pydantic also names the kind of instrument it took, and parts of words."""
    found = []
    for part in path:
        if isinstance(data, MarkedDict) and part not in INSTRUMENTS:
            found.append(str(part))
            data = data.get(str(part))
        elif isinstance(data, MarkedList) and isinstance(part, int):
            found.append(str(part))
            data = data[part] if part < len(data) else None  # a missing item has no place in the file
    return found


def _explained(error: ErrorDetails) -> tuple[str, str]:
    """Turn one finding of pydantic into what is wrong and what to do."""
    kind, key, ctx = error["type"], error["loc"][-1] if error["loc"] else "", error.get("ctx") or {}
    given = error["input"]
    shown = "" if isinstance(given, dict | list) else f" (given: {given!r})"
    what, remedy = f"{error['msg'][:1].lower()}{error['msg'][1:]}{shown}", HELP
    if kind == "scenario":
        what, remedy = str(ctx["what"]), str(ctx["remedy"])
    elif kind == "extra_forbidden":
        what, remedy = f"unknown key {key!r}", _did_you_mean(str(key), _keys(error["loc"][:-1]))
    elif kind == "missing" and isinstance(key, int):
        what, remedy = f"{error['loc'][-2]} has {key} of the entries it needs", f"write one more; {HELP}"
    elif kind in {"model_attributes_type", "model_type"}:
        what, remedy = f"{given!r} stands where keys were expected", f"write `key: value`, such as kind: …; {HELP}"
    elif kind == "too_short" and key == "of":
        what, remedy = "nobody is named", "write ISO3 codes, a bloc, all, or top 5 exporters"
    elif kind == "missing":
        what, remedy = f"{key!r} is missing", f"add {key}: …; {HELP}"
    elif kind == "union_tag_invalid":
        what, remedy = f"unknown kind of instrument {ctx['tag']!r}", _did_you_mean(str(ctx["tag"]), [*INSTRUMENTS])
    elif kind == "union_tag_not_found":
        what, remedy = "an instrument without kind", f"add kind: one of {', '.join(INSTRUMENTS)}"
    elif kind == "tuple_type":
        what, remedy = f"{key} is not a list", f"write its items below each other, each after a dash; {HELP}"
    elif kind == "too_short":
        what, remedy = f"{key} is empty", f"write at least one; {HELP}"
    elif kind == "literal_error":
        what, remedy = f"{key} is {given!r}", f"write {ctx['expected']}"
    return what, remedy


def _did_you_mean(given: str, known: list[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)}"


def _keys(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand at a place."""
    model: type[BaseModel] = Scenario
    for part in path:
        if part in INSTRUMENTS:
            model = INSTRUMENTS[str(part)]
        elif part in model.model_fields:
            model = _inside(model.model_fields[str(part)].annotation) or model
    extra = {Scenario: ["extends", "drop"], INSTRUMENTS["combination"]: ["scenarios"]}.get(model, [])
    return [*model.model_fields, *extra]


def _inside(annotation: Any) -> type[BaseModel] | None:
    """Return the one model that a field holds; None where it holds none, or one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = {model for part in get_args(annotation) if (model := _inside(part)) is not None}
    return found.pop() if len(found) == 1 else None
