"""Values that steps change, and queries of which not every trait is known."""

import pytest

from sim.language.query_parser import parse_query
from sim.lint.changes import Change, first, meant, possible
from sim.lint.undecided import matches_perhaps

A, B, C = first("a"), Change(10, 10, "b"), Change(20, None, "c")


@pytest.mark.parametrize(
    ("start", "end", "values"),
    [
        (0, 9, ("a",)),
        (0, 10, ("a", "b")),
        (9, 9, ("a",)),
        (10, 10, ("b",)),
        (11, 19, ("b",)),
        (11, 20, ("b", "c")),
        (30, 40, ("b", "c")),
    ],
)
def test_a_value_is_possible_until_another_has_replaced_it_for_certain(start, end, values):
    assert possible([A, B, C], start, end) == values


def test_a_change_that_may_come_late_may_undo_one_that_came_before():
    late, sure = Change(5, 40, "late"), Change(20, 20, "sure")

    assert possible([A, late, sure], 50, 50) == ("late", "sure")
    assert possible([A, Change(5, 20, "early"), sure], 50, 50) == ("sure",)


def test_what_is_meant_is_the_last_change_as_early_as_it_can_come():
    assert [meant([A, B, C], at) for at in (0, 9, 10, 20)] == ["a", "a", "b", "c"]


@pytest.mark.parametrize(
    ("query", "unknown", "answer"),
    [
        ("os == 'server-2016'", (), True),
        ("os == 'server-2016'", ("os",), None),
        ("os == 'server-2016' and agent == 'mma'", ("agent",), None),
        ("os == 'server-2019' and agent == 'mma'", ("agent",), False),
        ("os == 'server-2016' or agent == 'mma'", ("agent",), True),
        ("os == 'server-2019' or agent == 'mma'", ("agent",), None),
        ("not agent == 'mma'", ("agent",), None),
        ("not os == 'server-2016'", ("agent",), False),
    ],
)
def test_a_query_is_decided_where_no_unknown_trait_can_change_it(query, unknown, answer):
    traits = {"os": "server-2016", "agent": "none"}

    assert matches_perhaps(parse_query(query).node, traits, unknown) is answer
