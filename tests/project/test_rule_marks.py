"""A test that says which rule it shows names one that is in the table."""

from sim.reference.rules import RULES
from tests.project.tree import modules, name_of
from tools.rules_page import marks


def test_rule_marks_name_known_rules():
    found = [
        (f"{name_of(path)}:{line}", id) for path in modules("tests") for line, id in marks(path)
    ]

    assert [mark for mark in found if mark[1] not in RULES] == []
