"""Modules and functions stay short enough to read, and nothing is left half done."""

import ast
import re

import pytest

from tests.project.tree import functions, modules, name_of

LONGEST_MODULE = 450
TABLES = {"sim/reference/rules.py"}
"""Literal tables grow with what they list; a limit would only cut them in two."""
LONGEST_FUNCTION = 40
UNFINISHED = re.compile(r"\b(NotImplementedError|TODO|FIXME|XXX)\b")
PACKAGE = modules("sim")


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its decorators and its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    prose = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - prose


@pytest.mark.parametrize("path", [p for p in PACKAGE if name_of(p) not in TABLES], ids=name_of)
def test_a_module_is_no_longer_than_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_a_function_fits_on_a_screen(path):
    too_long = {f.name: _length(f) for f in functions(path) if _length(f) > LONGEST_FUNCTION}

    assert too_long == {}


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_nothing_is_left_unfinished(path):
    assert UNFINISHED.findall(path.read_text(encoding="utf-8")) == []
