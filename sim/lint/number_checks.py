"""Numbers in gates and expectations: percentages written like probabilities, or beyond all."""

from collections.abc import Iterator

from sim.lint.expression_walk import all_comparisons, bare_number
from sim.lint.finding import Finding
from sim.lint.survey import Loc, Survey
from sim.scenario.expression_tree import Arithmetic, Condition
from sim.scenario.expression_types import Kind, kind_of


def mixed_up_numbers(survey: Survey) -> Iterator[Finding]:
    """Yield percentages that are to reach a number below 1, or are compared with one above 100.

    The reverse, a probability compared with more than 1, the loader refuses.
    """
    conditions: list[tuple[Loc, Condition]] = [
        (("plan", number, "when"), gate) for number, gate in survey.conditions.gates.items()
    ]
    conditions += [
        (("expect", number), one) for number, one in enumerate(survey.conditions.expectations)
    ]
    for loc, condition in conditions:
        for what, advice in odd_percentages(condition):
            yield survey.find("LNT-208", loc, what, advice)


def odd_percentages(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield what is odd about the percentages of a condition, each with what to write.

    Odd are those that are to reach less than one percent, or more than all.
    """
    for comparison in all_comparisons(condition):
        found = bare_number(comparison)
        if found is None or kind_of(found[0]) is not Kind.PERCENT:
            continue
        term, operator, number = found
        if operator in (">", ">=", "==") and 0 < number < 1:
            what = f"a percentage is compared with {number:g}, less than one percent"
            yield what, f"write {number * 100:g} if {number * 100:g} % is meant"
        elif number > 100 and not isinstance(term, Arithmetic):
            what = f"a percentage is compared with {number:g}, more than all"
            yield what, "percentages run from 0 to 100"
