"""Places in a scenario file: from a position in the tree to its words and its line.

A place is printed as `policies[Onboard].workspace.key`: list items by their `name`, or by their
index when they have none. Somebody may paste the workspace key where only `present`
belongs: what is written in such a place, as a value or as a key, is never repeated (POL-3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.errors import Problem
from sim.scenario.steps import SetWorkspace, Step
from sim.scenario.yaml_text import Loc, Node

WORKSPACE_WORDS = "present, absent, wrong or {env: NAME}"
NEVER_THE_VALUE = f"write {WORKSPACE_WORDS}; the value itself never belongs in a scenario"

_STEP_KEYS = {SetWorkspace.verb, *Step.model_fields}
_SECRET_WORDS = ("workspace", "secret", "password", "token")


def is_secret_place(loc: Loc, root: object = None) -> bool:
    """Return whether the value at *loc* of the plain values *root* may be a secret."""
    return any(_is_secret_key(part) for part in loc) or _is_in_workspace_step(loc, root)


def _is_secret_key(part: str | int) -> bool:
    if isinstance(part, int) or part == SetWorkspace.verb:
        return False
    return part in ("id", "key") or any(word in part.casefold() for word in _SECRET_WORDS)


def _is_in_workspace_step(loc: Loc, root: object) -> bool:
    if len(loc) < 3 or loc[0] != "plan":
        return False
    return loc[2] not in _STEP_KEYS and SetWorkspace.verb in _step(root, loc[1])


def _step(root: object, index: str | int) -> Mapping[str, Any]:
    plan = root.get("plan") if isinstance(root, Mapping) else None
    if isinstance(plan, tuple) and isinstance(index, int) and index < len(plan):
        step = plan[index]
        return step if isinstance(step, Mapping) else {}
    return {}


def _without_secret(loc: Loc, root: object = None) -> Loc:
    """Return *loc* up to a key that may itself be a secret."""
    for depth in range(1, len(loc)):
        parent, key = loc[:depth], loc[depth]
        inside = is_secret_place(parent, root) or _is_in_workspace_step(loc[: depth + 1], root)
        if inside and isinstance(key, str) and key not in ("id", "key", "env"):
            return parent
    return loc


_PART = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def split_path(text: str) -> tuple[str, ...] | None:
    """Split `policies[Onboard].package` into its parts; None when it is not a path.

    A part in brackets keeps the opening bracket: `[0]` is not the key `0`.
    """
    parts: list[str] = []
    position = 0
    while position < len(text):
        if parts and text[position] == ".":
            position += 1
        match = _PART.match(text, position)
        if match is None:
            return None
        parts.append(match.group(1) or "[" + match.group(2))
        position = match.end()
    return tuple(parts) or None


def one_line(text: str) -> str:
    """Return *text* as one line: a space for each character that would break or hide it.

    Build servers take `##[...]` and `##vso[...]` anywhere in a line for commands.
    """
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain.replace("##", "# #")


def name_of(node: Node) -> str:
    """Return the `name` of a list item, or an empty text."""
    if isinstance(node.value, dict) and "name" in node.value:
        name = node.value["name"].value
        return name if isinstance(name, str) else ""
    return ""


def item_position(node: Node, part: str) -> int | None:
    """Return the position in the list *node* of the item `[part`: by name, else by index."""
    label = part.removeprefix("[")
    names = [name_of(item) for item in node.value]
    if label in names:
        return names.index(label)
    indexes = [item.index for item in node.value]
    if label.isdecimal() and int(label) in indexes:
        return indexes.index(int(label))
    return None


@dataclass(frozen=True)
class Places:
    """The places of one scenario file."""

    root: Node
    file: str = ""

    @cached_property
    def plain(self) -> Any:
        """The file's values without lines."""
        return self.root.plain()

    def line(self, place: str) -> int:
        """Return the line of `policies[Onboard].package`, or of the nearest part around it.

        0 when *place* is not even a path.
        """
        return self._nearest(place).line if split_path(place) else 0

    def origin(self, place: str) -> tuple[str, int]:
        """Return the file and the line of a place, or the option that set it and no line."""
        node = self._nearest(place)
        return (node.origin, 0) if node.origin else (self.file, self.line(place))

    def _nearest(self, place: str) -> Node:
        """Return the node at a place in words, or the nearest node around it."""
        node = self.root
        for part in split_path(place) or ():
            child = _child_in_words(node, part)
            if child is None:
                break
            node = child
        return node

    def original(self, loc: Loc) -> Loc:
        """Return *loc* with list positions as written, before items were left out."""
        as_written: list[str | int] = []
        node = self.root
        for part in loc:
            child = child_of(node, part)
            is_item = isinstance(part, int) and child is not None
            as_written.append(child.index if child is not None and is_item else part)
            node = child or node
        return tuple(as_written)

    def text(self, loc: Loc) -> str:
        """Return *loc* in words, no deeper than the file is written.

        One name may be written for a list, and a text for an item that has keys.
        """
        text, node = "", self.root
        for part in loc:
            if isinstance(part, str):
                if isinstance(node.value, dict):  # else it is the short form of what has keys
                    text += f".{part}" if text else part
            elif isinstance(node.value, tuple) and part < len(node.value):
                item = node.value[part]
                text += f"[{name_of(item) or item.index}]"
            node = child_of(node, part) or node
        return text

    def problem(self, loc: Loc, what: str, expected: str = "", suggestion: str = "") -> Problem:
        """Return the problem *what* at *loc*, in the shape that all commands print."""
        node, path = self.node(loc), one_line(self.text(_without_secret(loc, self.plain)))
        what, expected, suggestion = one_line(what), one_line(expected), one_line(suggestion)
        if node.origin:
            return Problem(what, path, expected, suggestion, node.origin)
        return Problem(what, path, expected, suggestion, self.file, node.line)

    def placed(self, loc: Loc, problem: Problem) -> Problem:
        """Return a problem without a place as one at *loc*."""
        return self.problem(loc, problem.what, problem.expected, problem.suggestion)

    def node(self, loc: Loc) -> Node:
        """Return the node at *loc*, or the nearest node around it."""
        node = self.root
        for part in loc:
            child = child_of(node, part)
            if child is None:
                break
            node = child
        return node


def child_of(node: Node, part: str | int) -> Node | None:
    """Return the node right below, by a key or an index; None if there is none."""
    if isinstance(node.value, dict) and isinstance(part, str):
        return node.value.get(part)
    if isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
        item: Node = node.value[part]
        return item
    return None


def _child_in_words(node: Node, part: str) -> Node | None:
    if part.startswith("[") and isinstance(node.value, tuple):
        position = item_position(node, part)
        return None if position is None else child_of(node, position)
    return child_of(node, part)
