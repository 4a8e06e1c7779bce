"""Whatever a file holds, the answer is a scenario or a list of problems."""

import json
import re
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.language.expressions import parse_expectation, parse_gate
from sim.language.query_parser import parse_query
from sim.scenario.loader import Loaded, load_text
from sim.scenario.model import Scenario
from sim.scenario.rendering import to_yaml
from sim.scenario.yaml_text import read_yaml
from tests.scenario.texts import EXAMPLE, NAMES

PYDANTIC = re.compile(r"\bvalid\b|pydantic|\binput|type=|NoneType|tuple|dict\b")
PIECES = ["no", "8:00", "&a", "*a", "- ", "{", "}", "[", "]", ": ", "#", "'", '"', "|\n", "\t",
          "<<", "!!x ", "\x00", "é", "%", "@", "1.10", "~", "\n", "\n  ", "? ", "---\n",
          "\\", "\ud800", "name", "when: x", "at: 3 d", "workspace", ".nan", "9" * 30]  # fmt: skip
WORDS = ["coverage_pct", "failed", "{", "cause", "=", "workspace_missing", "}", "at", "end", "30 d",
         "(", ")", "and", "or", ">=", "95", "%", "time to", "probability", "p90", "of", "mean",
         "from", "to", "for", "1 d 09:00", "2026-03-20", "+", "-", "'", "half width", "x", "!", ".",
         "os", "in", "[", "]", "'server-2016'", "not", "build", "true", "`"]  # fmt: skip


@st.composite
def mutations(draw):
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 3, 20]))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[start + length :]
    return text


VALUES = [None, True, 5, -1, 0.5, "", "x", "no", "5 %", "14 d", [], ["x"], [5], {}, {"name": "x"},
          {"env": "X"}, [{"name": "Pilot"}], "Pilot", {"x": "y"}, "\u2028", "a]b"]  # fmt: skip


@st.composite
def rearrangements(draw):
    """The example with one to three of its parts replaced, removed or added."""
    scenario = json.loads(json.dumps(read_yaml(EXAMPLE)[0].plain()))
    for _ in range(draw(st.integers(1, 3))):
        part = scenario
        while True:
            key = draw(st.sampled_from(list(part) if isinstance(part, dict) else range(len(part))))
            if not (isinstance(part[key], dict | list) and part[key] and draw(st.booleans())):
                break
            part = part[key]
        what = draw(st.sampled_from(["replace", "remove", "add"]))
        if what == "remove":
            del part[key]
        else:
            value = deepcopy(draw(st.sampled_from(VALUES)))
            if what == "add" and isinstance(part, list):
                part.append(value)
            else:
                part["extra" if what == "add" else key] = value
        if not scenario:
            break
    return json.dumps(scenario)


@settings(max_examples=200)
@given(rearrangements())
def test_a_rearranged_scenario_is_a_scenario_or_problems(text):
    """Whatever is written in the wrong place gives a scenario or problems in plain words."""
    result = answer(text)

    assert isinstance(result, Loaded) or result.problems
    assert not PYDANTIC.search(str(result) if isinstance(result, UnusableInput) else "")


def answer(text):
    try:
        return load_text(text)
    except UnusableInput as error:
        return error


@settings(max_examples=200)
@given(mutations())
def test_a_mutilated_scenario_is_a_scenario_or_problems_of_one_line_each(text):
    """However a file is damaged, the answer is a scenario or problems of one line each."""
    result = answer(text)

    assert isinstance(result, Loaded) or result.problems
    assert all("\n" not in str(problem) for problem in getattr(result, "problems", ()))


@settings(max_examples=150)
@given(st.text())
def test_any_text_is_answered(text):
    """Text of any kind is a scenario or a list of problems."""
    assert isinstance(answer(text), Loaded | UnusableInput)


@settings(max_examples=60)
@given(mutations())
def test_what_loads_loads_again_from_what_it_is_written_as(text):
    """Whatever loads is written back to text that loads to the same scenario."""
    result = answer(text)
    scenario = result.scenario if isinstance(result, Loaded) else load_text(EXAMPLE).scenario

    assert isinstance(scenario, Scenario)
    assert load_text(to_yaml(scenario)).scenario == scenario


@pytest.mark.parametrize("parse", [parse_expectation, parse_gate])
@settings(max_examples=150)
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_expression_is_read_or_refused(parse, text):
    """An expression is read or refused, whatever it holds."""
    try:
        assert parse(text, NAMES)
    except UnusableInput as error:
        assert error.problems


@settings(max_examples=150)
@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_query_is_read_or_refused(text):
    """A query is read or refused, whatever it holds."""
    try:
        assert parse_query(text, None)
    except UnusableInput as error:
        assert error.problems


@pytest.mark.parametrize(
    "sign", ["(", "not ", "not (", "probability (", "1 + ", "x and ", "[", "'"]
)
@pytest.mark.parametrize("count", [39, 300, 3000])
def test_deep_or_long_expressions_are_refused_without_a_recursion_error(sign, count):
    """Depth and length are limited: no text exhausts the stack."""
    for parse in (lambda t: parse_expectation(t, NAMES), parse_query):
        with pytest.raises(UnusableInput):
            parse(sign * count)
