"""Strict YAML: text in, a tree of plain values with line numbers out, all problems at once.

The only module that knows ruamel.yaml. It reads the parser's events, not its objects, so that
depth, aliases, tags and repeated keys are checked before anything is built. Messages never repeat
the offending line: it may hold a secret.

YAML 1.1, YAML 1.2 and people disagree about `no`, `8:00`, `010` and `1.10`. A scenario may not
hold such a scalar without quotation marks: a reader must see what the program sees.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

_WORDS = (
    ("\\t", "a tab is used where only spaces are allowed", "indent with spaces"),
    ("mapping values are not allowed", "a colon is in a place where no key can begin",
     "quote text that contains ': ', and begin each key on its own line"),
    ("found unexpected end of stream", "a quotation mark is not closed", "close it"),
    ("while scanning a quoted", "a quotation mark is not closed", "close it"),
    ("could not find expected ':'", "a key without a colon", "write KEY: VALUE"),
    ("expected ',' or ']'", "a list in brackets is not closed, or a comma is missing",
     "write [A, B]"),
    ("expected ',' or '}'", "a table in braces is not closed, or a comma is missing",
     "write {KEY: VALUE, KEY: VALUE};"
     " text with braces of its own, such as an expression, in quotes"),
    ("expected <block end>", "the indentation does not fit the lines above",
     "keys of one table begin in the same column"),
    ("sequence entries are not allowed", "a list item is in a place where none can begin",
     "put the list below its key"),
    ("cannot start any token", "a character that cannot begin a value", "quote the value"),
    ("found unknown escape", "an unknown escape with a backslash",
     "use single quotes, or double the backslash"),
    ("expected the node content", "a value is missing", "write a value"),
    ("special characters", "a character that text cannot hold", "remove it"),
    ("found duplicate anchor", "an anchor is written twice", "keep one"),
)  # fmt: skip


def plain_words(problem: str | None) -> tuple[str, str]:
    """Return what is wrong and what is expected, for the parser's own *problem* text.

    The parser's text is never passed on: it can quote the source, and that can be a secret.
    """
    for sign, what, expected in _WORDS:
        if sign in (problem or ""):
            return what, expected
    return "the text is not valid YAML", "check colons, quotation marks and indentation"


Plain = str | int | float | bool | None

_NOTHING = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,18})")
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d+|\d+\.\d*[eE][-+]?\d+)")
_FLOAT_LIMIT = 40

_WORD = re.compile(r"(?i:yes|no|on|off)")
_SIXTIES = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?")
_ODD_NUMBERS = (
    re.compile(r"[-+]?0(\d[\d.]*|[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)"),
    re.compile(r"[-+]?\d[\d_]*_[\d_.]*"),
    re.compile(r"[-+]?\d{20,}"),
    re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)"),
)
"""Numbers of another base, with underscores, too long, and what is no number."""


@dataclass(frozen=True, slots=True)
class AmbiguousScalar:
    """Why an unquoted scalar is refused, and what to write instead."""

    what: str
    expected: str
    number_is_fine: bool = False
    """Whether the scalar is unambiguous where a number is wanted (`1.10` of an assumption)."""


def read_plain(text: str) -> Plain:
    """Return what an unquoted scalar means in YAML 1.2; dates stay text."""
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= _FLOAT_LIMIT and _FLOAT.fullmatch(text):
        return float(text)
    return text


def ambiguity_of(text: str) -> AmbiguousScalar | None:
    """Return why the unquoted scalar *text* is ambiguous; None when it is not."""
    if _WORD.fullmatch(text):
        return AmbiguousScalar(
            f"unquoted {text} is read as text by some programs and as true or false by others",
            f'write true or false, or quote it: "{text}"',
        )
    if _SIXTIES.fullmatch(text):
        return AmbiguousScalar(
            f"unquoted {text} is read as a number by some programs", f'quote it: "{text}"'
        )
    is_odd = any(pattern.fullmatch(text) for pattern in _ODD_NUMBERS)
    if is_odd and not re.fullmatch(r"[-+]?0\.\d*", text):
        return AmbiguousScalar(
            f"unquoted {text} is not the number it looks like", f'quote it: "{text}"'
        )
    value = read_plain(text)
    if not isinstance(value, float) or repr(value) == text:
        return None
    return AmbiguousScalar(
        f"unquoted {text} is read as the number {value}", f'quote it: "{text}"', True
    )


_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")

MAX_DEPTH = 30
MAX_NODES = 100_000

Loc = tuple[str | int, ...]
"""A place in the tree: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it is written: a scalar, a mapping of nodes or a tuple of nodes."""

    value: Any
    line: int
    written: str = ""
    """The source text of an unquoted scalar; empty otherwise."""
    index: int = -1
    """The position in the list as written; -1 outside lists."""
    origin: str = ""
    """Empty for the file itself; `--set` for an override."""
    size: int = 1
    """The number of nodes in this tree, aliases written out."""
    depth: int = 0
    """The number of levels below this node."""

    def plain(self) -> Any:
        """Return the value as dictionaries, tuples and scalars without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return tuple(node.plain() for node in self.value)
        return self.value


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """A problem in the YAML text, before its place is written in words."""

    loc: Loc
    line: int
    what: str
    expected: str = ""
    number_is_fine: bool = False
    """Whether it is a problem only where text is wanted."""
    shows_value: bool = False
    """Whether the message repeats the value: not for secret places."""


class _Unreadable(Exception):
    """Reading must stop here; the problem is already in the list."""


@dataclass
class _NodeReader:
    events: Iterator[Event]
    problems: list[YamlProblem] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    nodes: int = 0

    def stop(self, loc: Loc, line: int, what: str, expected: str = "") -> NoReturn:
        self.problems.append(YamlProblem(loc, line, what, expected))
        raise _Unreadable

    def document(self) -> Node | None:
        root = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                line = _line(event)
                if root is not None:
                    what, expected = "a second document begins here", "one file holds one scenario"
                    self.stop((), line, what, expected)
                if event.version or event.tags:
                    self.stop((), line, "YAML directives are not used in scenarios", "remove it")
            elif isinstance(
                event, AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent
            ):
                root = self.node(event, ())
        return root

    def node(self, event: Any, loc: Loc, line: int = 0, index: int = -1) -> Node:
        line = line or _line(event)
        self._limit_depth(len(loc), line)
        if isinstance(event, AliasEvent):
            return self._alias(event, loc, line, index)
        self._refuse_tag(event, loc, line)
        anchor = event.anchor
        if anchor:
            self.anchors[anchor] = None
        node = self._value(event, loc, line, index)
        if anchor:
            self.anchors[anchor] = node
        return node

    def _limit_depth(self, depth: int, line: int) -> None:
        if depth > MAX_DEPTH:
            self.stop((), line, "nested too deeply", f"at most {MAX_DEPTH} levels")

    def _value(self, event: Any, loc: Loc, line: int, index: int) -> Node:
        self._count(1, line)
        if isinstance(event, MappingStartEvent):
            entries = self._mapping(loc)
            return Node(entries, line, "", index, "", *_extent(entries.values()))
        if isinstance(event, SequenceStartEvent):
            items = self._sequence(loc)
            return Node(items, line, "", index, "", *_extent(items))
        return self._scalar(event, loc, line, index)

    def _count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            expected = f"at most {MAX_NODES} values, aliases written out"
            self.stop((), line, "the file contains too much", expected)

    def _refuse_tag(self, event: Any, loc: Loc, line: int) -> None:
        if getattr(event, "ctag", None) is not None and str(event.ctag) != "!":
            self.problems.append(
                YamlProblem(loc, line, "YAML tags are not used in scenarios", "remove it")
            )

    def _alias(self, event: AliasEvent, loc: Loc, line: int, index: int) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            inside = event.anchor in self.anchors
            what = "an alias refers to itself" if inside else "an alias refers to nothing before it"
            self.stop(loc, line, what, "write the value out")
        self._count(node.size, line)
        self._limit_depth(len(loc) + node.depth, line)
        return replace(node, line=line, index=index)

    def _scalar(self, event: ScalarEvent, loc: Loc, line: int, index: int) -> Node:
        text = event.value
        if _UNPRINTABLE.search(text):
            self.problems.append(YamlProblem(loc, line, *plain_words("special characters")))
        if event.style:
            return Node(text, line, index=index)
        ambiguity = ambiguity_of(text)
        if ambiguity:
            what, expected, is_fine = ambiguity.what, ambiguity.expected, ambiguity.number_is_fine
            self.problems.append(YamlProblem(loc, line, what, expected, is_fine, shows_value=True))
        return Node(read_plain(text), line, written=text, index=index)

    def _sequence(self, loc: Loc) -> tuple[Node, ...]:
        items: list[Node] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self.node(event, (*loc, len(items)), index=len(items)))
        return tuple(items)

    def _mapping(self, loc: Loc) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key, line = self._key(event, loc), _line(event)
            value = self.node(next(self.events), (*loc, key), line)
            self._add(entries, key, value, loc)
        return entries

    def _key(self, event: Any, loc: Loc) -> str:
        if not isinstance(event, ScalarEvent):
            self.stop(loc, _line(event), "a key is not a word", "write KEY: VALUE")
        if event.value == "<<" and not event.style:
            self.problems.append(
                YamlProblem(loc, _line(event), "merge keys (<<) are not used", "write the keys out")
            )
        self._refuse_tag(event, loc, _line(event))
        return str(event.value)

    def _add(self, entries: dict[str, Node], key: str, value: Node, loc: Loc) -> None:
        if key in entries:
            lines = f"lines {entries[key].line} and {value.line}"
            self.problems.append(
                YamlProblem(
                    (*loc, key), value.line, f"the key is written twice ({lines})", "keep one"
                )
            )
        elif key != "<<":
            entries[key] = value


def _extent(children: Collection[Node]) -> tuple[int, int]:
    size = 1 + sum(node.size for node in children)
    return size, 1 + max((node.depth for node in children), default=0)


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _line_of(error: MarkedYAMLError) -> int:
    start = error.context_mark if "simple key" in (error.context or "") else None
    mark = start or error.problem_mark or error.context_mark
    return int(mark.line) + 1 if mark else 1


def read_yaml(text: str) -> tuple[Node | None, tuple[YamlProblem, ...]]:
    """Read one YAML document: its tree (None when there is none) and its problems.

    Never raises, whatever the text is.
    """
    reader = _NodeReader(iter(()))
    try:
        yaml: Any = YAML(typ="safe", pure=True)
        reader.events = iter(yaml.parse(text))
        return reader.document(), tuple(reader.problems)
    except _Unreadable:
        pass
    except MarkedYAMLError as error:
        reader.problems.append(YamlProblem((), _line_of(error), *plain_words(error.problem)))
    except YAMLError as error:
        position = int(getattr(error, "position", 0))
        line = text.count("\n", 0, position) + 1
        reader.problems.append(YamlProblem((), line, *plain_words("special characters")))
    except (ValueError, LookupError, ArithmeticError, AttributeError, AssertionError, RuntimeError):
        # ruamel.yaml fails on some broken texts with errors of its own.
        reader.problems.append(YamlProblem((), 1, *plain_words("")))
    return None, tuple(reader.problems)
