"""Expressions are read, never run: whatever is written, printed again, or smuggled in."""

import ast
import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim
from sim.cli import exit_code
from sim.errors import UnusableInput
from sim.language.expressions import parse_expectation, parse_gate, parse_number
from sim.language.tree import Arithmetic, Comparison, Probability, Statistic, unparse
from tests.cli.commands import changed, contents
from tests.language.test_expressions import (
    DURATIONS,
    FIXED,
    GATES,
    NAMES_OF_STATISTICS,
    OPERATORS,
    TIMES,
    conditions,
)
from tests.scenario.test_fuzz import WORDS
from tests.scenario.texts import NAMES

TINY = changed(
    ("devices: 30", "devices: 3"),
    ("horizon: 10 d", "horizon: 2 d"),
    ("- coverage_pct at end >= 99", "- {expr: EXPRESSION}"),
)


LONGEST = 4_000
"""So many characters are read."""


def sums(*terms):
    """Any sum of terms of one kind, as the parser would build it."""
    return st.recursive(
        st.one_of(*terms),
        lambda inner: st.builds(Arithmetic, st.sampled_from("+-"), inner, inner),
        max_leaves=3,
    )


EACH = sums(FIXED)
SPANS = sums(TIMES, DURATIONS)
FIGURES = sums(st.builds(Statistic, NAMES_OF_STATISTICS, EACH), FIXED)
FIGURES_OF_TIME = sums(st.builds(Statistic, NAMES_OF_STATISTICS, SPANS), TIMES, DURATIONS)
CHANCES = sums(
    st.builds(Probability, conditions(FIXED, st.none())),
    st.builds(Probability, st.builds(Comparison, SPANS, OPERATORS, SPANS)),
)
NUMBERS = st.one_of(FIGURES, FIGURES_OF_TIME, CHANCES)


@settings(max_examples=60)
@given(NUMBERS)
def test_a_number_and_its_text_are_one(tree):
    text = unparse(tree)
    assume(len(text) <= LONGEST)
    assert parse_number(text, NAMES) == tree


@settings(max_examples=200)
@given(st.one_of(*(st.builds(Comparison, kind, OPERATORS, kind) for kind in
                   (FIGURES, FIGURES_OF_TIME, CHANCES))))  # fmt: skip
def test_a_comparison_of_figures_and_its_text_are_one(tree):
    text = unparse(tree)
    assume(len(text) <= LONGEST)
    assert parse_expectation(text, NAMES) == tree


@settings(max_examples=100)
@given(GATES)
def test_text_that_was_printed_is_printed_the_same_again(tree):
    text = unparse(tree)
    assert unparse(parse_gate(text, NAMES)) == text


@pytest.mark.parametrize("parse", [parse_expectation, parse_gate, parse_number])
@settings(max_examples=200)
@given(text=st.lists(st.sampled_from([*WORDS, "2", "1 d"]), max_size=9).map(" ".join))
def test_whatever_is_read_can_be_printed_and_read_again(parse, text):
    try:
        tree = parse(text, NAMES)
    except UnusableInput:
        return
    assert parse(unparse(tree), NAMES) == tree


def checked(folder, *, scenario=None, expression="1 > 0"):
    """Check a scenario with an expression; return how it ended and all that was printed."""
    text = TINY if scenario is None else scenario
    path = folder / "s.yaml"
    written = text.replace("EXPRESSION", json.dumps(expression))
    path.write_bytes(written.encode("utf-8", "surrogatepass"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = exit_code(["check", str(path), "--jobs", "1"])
    return code, printed.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("checked")


@settings(max_examples=100)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_expression_ends_a_check_without_a_traceback(folder, text):
    code, printed = checked(folder, expression=text)

    assert code in (0, 1, 2, 4), printed
    assert "Traceback" not in printed
    assert "internal error" not in printed


@settings(max_examples=100)
@given(st.text(max_size=200).map(lambda text: f"format: 1\nplan: []\n{text}") | st.text())
def test_any_file_ends_a_check_without_a_traceback(folder, text):
    code, printed = checked(folder, scenario=text)

    assert code == 2, printed
    assert "Traceback" not in printed


HOSTILE = (
    "__import__('os').system('touch hacked') > 0",
    "().__class__.__bases__[0].__subclasses__() > 0",
    "coverage_pct.__class__ at end >= 0",
    "device.__init__ at end >= 0",
    "device.coverage_pct.real at end >= 0",
    "coverage_pct{collection='{0.__class__}'} at end >= 0",
    "coverage_pct{__class__=x} at end >= 0",
    "{0.__class__} at end >= 0",
    "%(name)s at end >= 0",
    "${HOME} at end >= 0",
    "`touch hacked` >= 0",
    "$(touch hacked) >= 0",
    "eval('1') > 0",
    "open('hacked', 'w') > 0",
    "(lambda: 1)() > 0",
    "1 if True else 2 > 0",
    "1 > 0; import os",
    "f'{1}' > 0",
    "2 ** 9999999 > 0",
    "9 * 9 > 0",
    "1e9 > 0",
    "0x10 > 0",
    "!!python/object/apply:os.system ['touch hacked']",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_an_expression_is_run(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bl").mkdir()

    code, printed = checked(tmp_path, expression=text)
    assert (code, "Traceback" in printed) == (2, False)
    for parse in (parse_expectation, parse_gate, parse_number):
        with pytest.raises(UnusableInput):
            parse(text, NAMES)

    measures = json.dumps({"format": 1, "measures": [{"of": text}]})
    (tmp_path / "bl" / "tolerances.yaml").write_text(measures, "utf-8")
    (tmp_path / "s.yaml").write_text(TINY.replace("EXPRESSION", "1 > 0"), "utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        assert exit_code(["check", "s.yaml", "--baseline", "bl"]) == 2
    assert set(contents(tmp_path)) == {"s.yaml", "bl/tolerances.yaml"}


def test_names_that_look_like_formats_are_shown_as_they_are(tmp_path):
    name = "%s {0.__class__} ${HOME} %(x)s"
    text = TINY.replace("name: Small rollout", f"name: '{name}'")

    code, printed = checked(tmp_path, scenario=text)

    assert code == 0
    assert f": {name}\n" in printed


RUNS_TEXT = {"eval", "exec", "compile", "__import__", "globals", "locals", "vars", "import_module"}
READS_TEXT = [
    path
    for path in sorted(Path(sim.__file__).parent.rglob("*.py"))
    if path.parent.name == "language" or path.stem == "yaml_text"
]


@pytest.mark.parametrize("path", READS_TEXT, ids=lambda path: path.stem)
def test_what_reads_expressions_calls_nothing_that_could_run_them(path):
    """Nor does it look up an attribute by a name that a file could give."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        is_of_re = isinstance(node.func, ast.Attribute) and name == "compile"
        assert name not in RUNS_TEXT or is_of_re, (path.name, node.lineno)
        if name in ("getattr", "setattr", "attrgetter", "format_map"):
            assert isinstance(node.args[1], ast.Constant), (path.name, node.lineno)
    assert READS_TEXT
