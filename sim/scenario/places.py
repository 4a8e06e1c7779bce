"""Places in a scenario file: from a position in the tree to the words and the line people see.

A place is printed as `policies[Onboard].workspace.key`: list items by their `name`, or by their
index when they have none.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.errors import Problem
from sim.scenario.secrecy import shown
from sim.scenario.yaml_text import Loc, Node

_PART = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def split_path(text: str) -> tuple[str, ...] | None:
    """Split `policies[Onboard].package` into its parts; None when it is not a path.

    A part in brackets keeps its opening bracket, so that `[0]` and a key `0` differ.
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
    """Return *text* with every sign that would break or hide a line of output as a space.

    Build servers take `##[...]` and `##vso[...]` for commands wherever they stand in a line.
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
    """Return where in the list *node* the item `[part` is, by name first, then by index."""
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
    """Where everything of one scenario file is written."""

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
        """Return file and line of a place; where an option has set it, that and no line."""
        node = self._nearest(place)
        return (node.origin, 0) if node.origin else (self.file, self.line(place))

    def _nearest(self, place: str) -> Node:
        """Return what is written at a place in words, or the nearest part around it."""
        node = self.root
        for part in split_path(place) or ():
            below = _child(node, part)
            if below is None:
                break
            node = below
        return node

    def original(self, loc: Loc) -> Loc:
        """Return *loc* with list positions as written, should items have been left out."""
        found: list[str | int] = []
        node = self.root
        for part in loc:
            below = _step_down(node, part)
            found.append(below.index if isinstance(part, int) and below is not node else part)
            node = below
        return tuple(found)

    def text(self, loc: Loc) -> str:
        """Return *loc* in words: where a single text stands for a list, or for keys, no further."""
        text, node = "", self.root
        for part in loc:
            if isinstance(part, str):
                if isinstance(node.value, dict):  # else it is the short form of what has keys
                    text += f".{part}" if text else part
            elif isinstance(node.value, tuple) and part < len(node.value):
                item = node.value[part]
                text += f"[{name_of(item) or item.index}]"
            node = _step_down(node, part)
        return text

    def problem(self, loc: Loc, what: str, expected: str = "", suggestion: str = "") -> Problem:
        """Return the problem *what* at *loc*, in the one shape all commands print."""
        node, path = self.node(loc), one_line(self.text(shown(loc, self.plain)))
        what, expected, suggestion = one_line(what), one_line(expected), one_line(suggestion)
        if node.origin:
            return Problem(what, path, expected, suggestion, node.origin)
        return Problem(what, path, expected, suggestion, self.file, node.line)

    def node(self, loc: Loc) -> Node:
        """Return what is written at *loc*, or the nearest part around it."""
        node = self.root
        for part in loc:
            below = _step_down(node, part)
            if below is node:
                break
            node = below
        return node


def _step_down(node: Node, part: str | int) -> Node:
    if isinstance(node.value, dict) and part in node.value:
        found: Node = node.value[part]
        return found
    if isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
        item: Node = node.value[part]
        return item
    return node


def _child(node: Node, part: str) -> Node | None:
    if part.startswith("[") and isinstance(node.value, tuple):
        position = item_position(node, part)
        return None if position is None else node.value[position]
    if isinstance(node.value, dict):
        return node.value.get(part)
    return None
