"""Changes from the command line: `policies[Onboard].workspace.key=absent`.

An override replaces a value or adds a key in the tree of the file. Its value is never repeated in
a message: it may be a secret (POL-3).
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from sim.errors import Problem, ProblemCollector, UnusableInput, nearest
from sim.scenario.places import is_secret_place, item_position, name_of, split_path
from sim.scenario.yaml_text import Node, read_yaml

ORIGIN = "--set"
_LONG_NUMBER = re.compile(r"[-+]?\d{20,}")


def _inapplicable(
    reached: str, what: str, expected: str = "", suggestion: str = ""
) -> UnusableInput:
    """Return the error of an override: its path as far as it exists, and what is wrong."""
    return UnusableInput([Problem(what, reached, expected, suggestion, ORIGIN)])


def apply_overrides(root: Node, overrides: Iterable[str]) -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree with all overrides applied in order, and the problems of the others."""
    collector = ProblemCollector()
    for number, override in enumerate(overrides, start=1):
        path, equals, value = override.partition("=")
        parts = split_path(path.strip())
        if not equals or parts is None:
            what = f"override number {number} is not PATH=VALUE"
            collector.problems += _inapplicable("", what, "write policies[NAME].key=VALUE").problems
            continue
        with collector.collected():
            root = _applied(root, parts, value)
    return root, tuple(collector.problems)


def _applied(root: Node, parts: tuple[str, ...], value: str) -> Node:
    node, yaml_problems = read_yaml(value)
    problem = next((bad for bad in yaml_problems if not bad.number_is_fine), None)
    if problem is not None and _LONG_NUMBER.fullmatch(value.strip()):
        expected = f"at most {2**63 - 1}; quote it if it is text"
        raise _inapplicable(_join(parts), "the number is out of range", expected)
    if problem is not None and problem.shows_value:
        what, expected = "the value is not what it looks like", "quote it or write it plainly"
        raise _inapplicable(_join(parts), what, expected)
    if problem is not None:
        raise _inapplicable(_join(parts), problem.what, problem.expected)
    if node is None:
        what, expected = "nothing is written here", "write a value or remove the key"
        raise _inapplicable(_join(parts), what, expected)
    return _replaced(root, parts, _from_override(node), "")


def _from_override(node: Node) -> Node:
    if isinstance(node.value, dict):
        value = {key: _from_override(child) for key, child in node.value.items()}
        return replace(node, value=value, origin=ORIGIN)
    if isinstance(node.value, tuple):
        items = tuple(_from_override(child) for child in node.value)
        return replace(node, value=items, origin=ORIGIN)
    return replace(node, origin=ORIGIN)


def _replaced(node: Node, parts: tuple[str, ...], new: Node, reached: str) -> Node:
    if not parts:
        return replace(new, index=node.index)
    part, rest = parts[0], parts[1:]
    if part.startswith("["):
        return _in_list(node, part, rest, new, reached)
    if not isinstance(node.value, dict):
        raise _inapplicable(_open(reached), "this part has no keys below it")
    below = node.value.get(part)
    if below is None:
        if rest and rest[0].startswith("["):
            suggestion = nearest(part, list(node.value))
            raise _inapplicable(_open(reached, part), "no such list", "", suggestion)
        below = Node({}, 0, origin=ORIGIN)
    child = _replaced(below, rest, new, f"{reached}.{part}".lstrip("."))
    return replace(node, value={**node.value, part: child})


def _in_list(node: Node, part: str, rest: tuple[str, ...], new: Node, reached: str) -> Node:
    if not isinstance(node.value, tuple):
        raise _inapplicable(_open(reached), "this part is not a list", "write a key after a dot")
    position = item_position(node, part)
    if position is None:
        names = [name_of(item) for item in node.value if name_of(item)]
        suggestion = nearest(part[1:], names)
        expected = "a name or a number from 0" if not names else f"one of {', '.join(names)}"
        raise _inapplicable(_open(reached, part + "]"), "no such item", expected, suggestion)
    items = list(node.value)
    items[position] = _replaced(items[position], rest, new, f"{reached}{part}]")
    return replace(node, value=tuple(items))


def _open(reached: str, part: str = "") -> str:
    """Return the place reached, with *part* unless that may be a secret."""
    parts = split_path(reached) or ()
    if not part or is_secret_place(parts):
        return reached
    return f"{reached}{part}" if part.startswith("[") else f"{reached}.{part}".lstrip(".")


def _join(parts: tuple[str, ...]) -> str:
    text = ""
    for part in parts:
        if is_secret_place(split_path(text) or ()):
            return text
        text += f"{part}]" if part.startswith("[") else f".{part}" if text else part
    return text
