"""Expressions of `expect:` and `when:`: text in, typed tree out, or every problem with its column.

The grammar stands in `expression_grammar.lark`, the types in `expression_types`, the closed lists
in `expression_labels`. Nothing is ever evaluated as Python.
"""

from dataclasses import dataclass
from typing import Any

from sim.errors import Problem, UnusableInput
from sim.scenario.expression_builder import build
from sim.scenario.expression_text import unparse
from sim.scenario.expression_tree import Comparison, Condition, Term
from sim.scenario.expression_types import Context, type_problems
from sim.scenario.model import Scenario
from sim.scenario.names import Names, names_of

__all__ = [
    "Conditions",
    "conditions_of",
    "parse_expectation",
    "parse_gate",
    "parse_number",
    "unparse",
]


def parse_expectation(text: str, vocabulary: Names) -> Condition:
    """Read an expectation such as `coverage_pct at 30 d >= 95`.

    Every value must say when or over what it is taken. Raises UnusableInput with all problems.
    """
    return _parse(text, vocabulary, Context.EXPECTATION)


def parse_gate(text: str, vocabulary: Names) -> Condition:
    """Read a gate such as `failed_pct{collection='Pilot'} < 2 for 24 h`, where a series means now.

    Raises UnusableInput with all problems.
    """
    return _parse(text, vocabulary, Context.GATE)


def parse_number(text: str, vocabulary: Names, each: bool = False) -> Term:
    """Read a number such as `coverage_pct at 30 d` or `time to (coverage_pct >= 90)`.

    With *each* it must have a value in each replication, so that none over several may stand in
    it. Raises UnusableInput with all problems.
    """
    built = build(f"{text} == 0", vocabulary)
    if not isinstance(built.condition, Comparison) or built.condition.hold is not None:
        alone = build(text, vocabulary)
        what = Problem("this is no number", expected="write one such as coverage_pct at 30 d")
        raise UnusableInput([what] if alone.condition is not None else alone.problems)
    term = built.condition.left
    itself = Comparison(term, "==", term)
    built.columns[id(itself)] = 1
    context = Context.EACH if each else Context.EXPECTATION
    problems = [*built.problems, *type_problems(itself, context, built.columns)]
    if problems:
        raise UnusableInput(dict.fromkeys(problems))
    return term


def _parse(text: str, vocabulary: Names, context: Context) -> Condition:
    built = build(text, vocabulary)
    problems: list[Problem] = list(built.problems)
    if built.condition is not None:
        problems.extend(type_problems(built.condition, context, built.columns))
    if problems or built.condition is None:
        raise UnusableInput(problems)
    return built.condition


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a scenario, parsed once."""

    gates: dict[int, Condition]
    """The gate of each plan step that has one, by the step's position in the plan."""
    expectations: tuple[Condition, ...]
    """In the order of `expect:`."""


def conditions_of(scenario: Scenario) -> Conditions:
    """Return the parsed gates and expectations of *scenario*.

    Raises UnusableInput when one is wrong: never for a scenario that the loader returned.
    """
    names = names_of(scenario)
    steps: tuple[Any, ...] = scenario.plan
    gates = {i: parse_gate(step.when, names) for i, step in enumerate(steps) if step.when}
    return Conditions(gates, tuple(parse_expectation(one.expr, names) for one in scenario.expect))
