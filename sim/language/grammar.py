"""The one door to lark: each grammar is compiled once, and lark's errors become plain words.

A text that is too long or too deeply nested is refused before it is parsed, so that no input can
exhaust the stack.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.tree import Tree

from sim.errors import Problem, UnusableInput

MAX_LENGTH = 4_000
MAX_NESTING = 40

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@lru_cache(maxsize=4)
def _parser(grammar: str) -> Lark:
    text = files("sim.language").joinpath(grammar).read_text("utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=True)


Advise = Callable[[str, int], str]
"""Returns what to write instead at a position of a text; empty if unknown."""


def parse(
    text: str, grammar: str, words: Mapping[str, str], advise: Advise | None = None
) -> Tree[Token]:
    """Return the parse tree of *text*; *words* names each kind of token for people.

    Where the text does not fit, *advise* may say what to write instead. Raises UnusableInput.
    """
    _refuse_excess(text)
    try:
        return _parser(grammar).parse(text)
    except UnexpectedInput as error:
        problem = _problem(error, text, words)
        if advise is not None:
            is_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
            instead = advise(text, len(text) if is_end else error.pos_in_stream or 0)
            problem = replace(problem, expected=instead or problem.expected)
    raise UnusableInput([problem])


def _refuse_excess(text: str) -> None:
    if len(text) > MAX_LENGTH:
        expected = f"at most {MAX_LENGTH} characters"
        raise UnusableInput([Problem("the text is too long", expected=expected)])
    depth = deepest = 0
    for sign in _QUOTED.sub("", text):
        depth += (sign in "([") - (sign in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        expected = f"at most {MAX_NESTING} brackets in each other"
        raise UnusableInput([Problem("nested too deeply", expected=expected)])


def _problem(error: UnexpectedInput, text: str, words: Mapping[str, str]) -> Problem:
    expected = _expected(error, words)
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return Problem(f'column {_column(error)}: "{error.token}" does not fit', "", expected)
    if isinstance(error, UnexpectedCharacters):
        sign = text[_column(error) - 1]
        return Problem(f'column {_column(error)}: "{sign}" does not fit', "", expected)
    return Problem(f"column {len(text) + 1}: the text ends too early", "", expected)


def _column(error: UnexpectedInput) -> int:
    return (error.pos_in_stream or 0) + 1


def _expected(error: UnexpectedInput, words: Mapping[str, str]) -> str:
    if isinstance(error, UnexpectedToken):
        kinds = error.accepts or error.expected
    else:
        kinds = getattr(error, "allowed", set())
    named = [word for kind, word in words.items() if kind in kinds]
    return "expected " + ", ".join(dict.fromkeys(named)) if named else ""
