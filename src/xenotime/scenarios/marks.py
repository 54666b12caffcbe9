"""YAML read with the line of every key and item, so that an error can point at it.

The containers are plain dicts and lists that also know their file and the lines of what they hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from xenotime.core import InputError

#: Aliases that hold aliases make a short file long; no scenario has so many values.
MOST_VALUES = 50_000


@dataclass(frozen=True)
class Mark:
    """A place in a file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


class MarkedDict(dict[str, Any]):
    """A mapping with the place of each of its keys, and its own."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a key and its place."""
        self[key] = value
        self.marks[key] = mark


class MarkedList(list[Any]):
    """A list with the place of each of its items, and its own."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []

    def add(self, value: Any, mark: Mark) -> None:
        """Append an item with its place."""
        self.append(value)
        self.marks.append(mark)


def place(data: Any, path: Iterable[str | int]) -> Mark | None:
    """Return the place of a field, or of the nearest thing around it that is in the file."""
    mark = data.mark if isinstance(data, MarkedDict | MarkedList) else None
    for part in path:
        if isinstance(data, MarkedDict) and part in data:
            mark, data = data.marks[str(part)], data[str(part)]
        elif isinstance(data, MarkedList) and isinstance(part, int) and 0 <= part < len(data):
            mark, data = data.marks[part], data[part]
    return mark


def read(path: Path, shown: str | None = None) -> MarkedDict:
    """Read one YAML mapping with its lines.

    Parameters
    ----------
    path : Path
    shown : str, optional
        How to call the file in messages; the path if left out.

    Raises
    ------
    InputError
        The file cannot be read, is not YAML, has a key twice, or is no mapping.
    """
    name = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=name, remedy="check the path") from problem
    except UnicodeDecodeError as problem:
        raise InputError("is not UTF-8 text", where=name, remedy="save it as UTF-8") from problem
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        data = _value(loader, node, name, (), count(1)) if node is not None else None
    except RecursionError:
        raise InputError("is nested too deeply", where=name, remedy="close the brackets that stand open") from None
    except yaml.MarkedYAMLError as problem:
        at = problem.problem_mark or problem.context_mark
        raise InputError(
            f"is not YAML: {problem.problem or problem.context}",
            where=str(Mark(name, at.line + 1)) if at else name,
            remedy="mend this line; mind the colon, the indent, and quotes",
        ) from problem
    except yaml.YAMLError as problem:
        raise InputError(f"is not YAML: {problem}", where=name, remedy="save it as plain text") from problem
    finally:
        loader.dispose()
    if not isinstance(data, MarkedDict):
        raise InputError(
            "does not hold a scenario", where=f"{name}, line 1", remedy="begin with `name: …`, one key a line"
        )
    return data


def _value(
    loader: yaml.SafeLoader, node: yaml.Node, file: str, above: tuple[yaml.Node, ...], counted: Iterator[int]
) -> Any:
    if next(counted) > MOST_VALUES:
        raise InputError(
            f"holds more than {MOST_VALUES:,} values, aliases written out",
            where=str(_mark(node, file)),
            remedy="name blocs and rules in place of long lists, and use fewer aliases",
        )
    if any(node is one for one in above):
        raise InputError("an alias stands inside itself", where=str(_mark(node, file)), remedy="write the value out")
    if isinstance(node, yaml.MappingNode):
        mapping = MarkedDict(_mark(node, file))
        for key_node, value_node in node.value:
            mark = _mark(key_node, file)
            key = loader.construct_object(key_node)
            if key_node.tag == "tag:yaml.org,2002:merge" or not isinstance(key, str):
                raise InputError(
                    f"the key {key_node.value!r} is not a name",
                    where=str(mark),
                    remedy="write keys as plain words; in place of <<, use extends",
                )
            if key in mapping:
                raise InputError(
                    f"the key {key!r} stands twice, first in line {mapping.marks[key].line}",
                    where=str(mark),
                    remedy="leave one of the two out",
                )
            mapping.put(key, _value(loader, value_node, file, (*above, node), counted), mark)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = MarkedList(_mark(node, file))
        for item in node.value:
            items.add(_value(loader, item, file, (*above, node), counted), _mark(item, file))
        return items
    return loader.construct_object(node)


def _mark(node: yaml.Node, file: str) -> Mark:
    return Mark(file, node.start_mark.line + 1)
