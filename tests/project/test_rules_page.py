"""Every rule is in the table, something shows it, and the page about that is up to date."""

from sim.reference.rules import RULES
from tools import rules_page as generator

REQUIRED = {
    "PRE": [1, 2, 3, 4, 5],
    "OS": [1, 2, 3, 4, 5],
    "UPL": [1, 2, 3],
    "POL": [1, 2, 3, 4, 5, 6, 7],
    "DWN": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "MMA": [1, 2, 3, 4, 5, 6, 7, 8],
    "COL": [1],
    "TIM": [1, 2, 3, 4, 5, 6, 7],
    "MON": [1, 2, 3, 4, 5],
    "OFF": [1, 2, 3, 4, 5],
    "UPD": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "FLT": [1, 2, 3, 4, 5, 6, 7],
}
"""The numbers of each family that must be there at least; the table may hold more."""


def test_the_table_holds_every_rule_that_is_required():
    required = [f"{family}-{number}" for family, numbers in REQUIRED.items() for number in numbers]

    assert [id for id in required if id not in RULES] == []


def test_a_test_or_a_scenario_shows_every_rule_of_the_table():
    shown = generator.tests_by_rule().keys() | generator.scenarios_by_rule().keys()

    assert [id for id in RULES if id not in shown] == []


def test_scenarios_name_known_rules():
    assert sorted(generator.scenarios_by_rule().keys() - RULES.keys()) == []


def test_the_page_is_what_the_generator_makes():
    is_current = generator.PAGE.read_text(encoding="utf-8") == generator.page()

    assert is_current, f"docs/rules.md is out of date; write it anew: {generator.COMMAND}"
