"""The table of rules: complete, in order, told in words of its own, and cited where it is used."""

import ast
import contextlib
import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UnknownRule
from sim.reference import attempts, gates, health, impediments, refusals, routes, systems
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.reference.rules import RULES, rule
from sim.reference.traits import TRAITS
from sim.scenario.model import RuleSwitches

_IN_ORDER = """
    PRE-1 PRE-2 PRE-3 PRE-4 PRE-5 PRE-6 OS-1 OS-2 OS-3 OS-4 OS-5 UPL-1 UPL-2 UPL-4 UPL-5 UPL-3
    POL-6 DWN-1 DWN-2 DWN-3 DWN-4 DWN-5 DWN-6 DWN-7 DWN-8 DWN-9 DWN-10 DWN-11 MMA-1 MMA-2 MMA-3
    MMA-4 MMA-5 MMA-6 MMA-7 MMA-8 POL-1 POL-2 POL-3 POL-4 POL-5 POL-7 POL-8 COL-1 TIM-4 MON-1
    MON-2 MON-3 MON-4 MON-5 CON-1 CON-2 CON-3 CON-4 CON-5 UPG-1 OFF-1 OFF-2 OFF-3 OFF-4 OFF-5
    UPD-1 UPD-2 UPD-3 UPD-4 UPD-5 UPD-6 UPD-7 UPD-8 UPD-9 UPD-10 TIM-1 TIM-2 TIM-3 TIM-5 TIM-6
    TIM-7 TIM-8 TIM-10 FLT-1 FLT-2 FLT-3 FLT-4 FLT-5 FLT-6 FLT-7
"""
IN_ORDER = _IN_ORDER.split()

_OF_THE_PAGE = """
    PRE-1 PRE-2 PRE-3 PRE-5 OS-1 OS-2 OS-4 UPL-1 UPL-2 DWN-1 DWN-2 DWN-4 DWN-5 DWN-6 DWN-8 DWN-9
    MMA-1 MMA-2 MMA-3 MMA-5 MMA-7 MMA-8 POL-1 POL-2 POL-3 POL-8 COL-1 MON-1 MON-2 MON-5 OFF-1 OFF-2
    UPD-1 UPD-2 UPD-5 UPD-6 UPD-10
"""
OF_THE_PAGE = _OF_THE_PAGE.split()
_OURS = """
    PRE-4 OS-3 UPL-3 POL-6 DWN-7 MMA-6 POL-5 POL-7 MON-3 UPD-3 UPD-9 TIM-2 CON-4
"""
OURS = _OURS.split()
MIXED = {
    "CON-1": "page, consequence other",
    "CON-2": "page, consequence other",
    "DWN-3": "page, consequence ours",
    "MMA-4": "page, consequence other",
    "OFF-5": "page, consequence ours",
    "UPD-4": "page, consequence ours",
    "UPD-7": "page, certainty ours",
}
ID = re.compile(r"\b(?:PRE|OS|UPL|DWN|MMA|POL|COL|MON|OFF|UPD|TIM|FLT|CON|UPG)-\d+\b")
DECIDING = (attempts, routes, gates, health, impediments, refusals, systems)


def test_every_rule_is_there_in_order():
    """The table lists every rule once, in the order in which a rollout meets them."""
    assert list(RULES) == IN_ORDER


@pytest.mark.parametrize("id", IN_ORDER)
def test_a_rule_names_its_basis(id):
    """Each rule says whether the page, another source or nobody says so."""
    basis = "page" if id in OF_THE_PAGE else "ours" if id in OURS else MIXED.get(id, "other")

    assert RULES[id].basis == basis


@pytest.mark.parametrize("id", IN_ORDER)
def test_a_rule_is_told(id):
    """Each rule has a title, a sentence that ends, and the place where it is said."""
    entry = rule(id)

    assert entry.id == id
    assert entry.title
    assert not entry.title.endswith(".")
    assert entry.text.endswith(".")
    assert entry.section


def test_titles_are_told_apart():
    """No two rules share a title."""
    assert len({entry.title for entry in RULES.values()}) == len(RULES)


def test_switches_are_those_of_the_scenario():
    """The switches of the table are the keys that a scenario takes under `rules:`."""
    assert {entry.switch for entry in RULES.values()} - {""} == set(RuleSwitches.model_fields)


def test_a_rule_is_found_in_any_case():
    """A planner may type an id in lower case."""
    assert rule(" dwn-5 ").id == "DWN-5"


def test_an_unknown_rule_comes_with_a_suggestion():
    """A mistyped id is answered with the nearest one."""
    with pytest.raises(UnknownRule, match='no rule "DWN-55"; did you mean "DWN-5"'):
        rule("DWN-55")


def test_a_strange_word_comes_with_directions():
    """A word near to no id is answered with where to find the ids."""
    with pytest.raises(UnknownRule, match="lists them all"):
        rule("weather")


@given(st.text())
def test_any_word_is_a_rule_or_unknown(word):
    """Asking never fails in another way than saying that the rule is unknown."""
    with contextlib.suppress(UnknownRule):
        assert rule(word).id == word.strip().upper()


@pytest.mark.parametrize("module", DECIDING, ids=lambda module: module.__name__)
def test_public_functions_cite_a_rule(module):
    """Each public function that decides names the rule it follows."""
    silent = [
        name
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
        and not ID.search(function.__doc__ or "")
    ]

    assert silent == []


@pytest.mark.parametrize("module", DECIDING, ids=lambda module: module.__name__)
def test_cited_rules_exist(module):
    """Ids in code, decisions and docstrings are in the table."""
    assert set(ID.findall(inspect.getsource(module))) <= set(RULES)


@pytest.mark.parametrize("module", DECIDING, ids=lambda module: module.__name__)
def test_causes_are_of_the_vocabulary(module):
    """Causes that a decision spells out are words of the closed lists."""
    words = {
        node.value.value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.keyword)
        and node.arg == "cause"
        and isinstance(node.value, ast.Constant)
    }

    assert words <= {*CAUSES, "role_missing", "package_method", "package_kind", "site_version"}


def test_every_cause_has_an_entry():
    """Each cause has a title, something to do and a rule; what waits comes after what fails."""
    waits = [name.startswith("awaiting_") for name in CAUSES[:-2]]
    assert waits == sorted(waits)
    assert CAUSES[0] == "subscription_missing"
    assert CAUSES[-2:] == ("never_online", "not_targeted")
    for cause in CAUSE_TABLE.values():
        assert cause.title
        assert cause.remedy.endswith(".")
        assert cause.rule in RULES
        assert cause.trait == "" or TRAITS[cause.trait].patchable


def test_assumptions_lie_in_their_ranges():
    """Each assumption is an integer inside its range, with unit, source and a sentence."""
    for name, entry in ASSUMPTIONS.items():
        assert entry.name == name
        assert all(type(number) is int for number in (entry.low, entry.value, entry.high))
        assert entry.low <= entry.value <= entry.high
        assert entry.unit in ("s", "share", "bytes", "Mbit/s", "count", "version")
        assert entry.source
        assert entry.text.endswith(".")
        assert entry.unit != "share" or entry.high <= 1_000_000
        assert set(ID.findall(entry.text)) <= set(RULES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("policy_poll_interval", 3600, marks=pytest.mark.rule("TIM-1")),
        pytest.param("state_message_interval", 900, marks=pytest.mark.rule("TIM-3")),
        pytest.param("first_evaluation_window", 7200, marks=pytest.mark.rule("TIM-2")),
        pytest.param("evaluation_interval", 604_800, marks=pytest.mark.rule("TIM-2")),
        pytest.param("install_retry_interval", 86_400, marks=pytest.mark.rule("TIM-2")),
        pytest.param("collection_incremental_interval", 300, marks=pytest.mark.rule("TIM-4")),
        pytest.param("maintenance_window_minimum", 1800, marks=pytest.mark.rule("TIM-5")),
        pytest.param("script_window", 7200, marks=pytest.mark.rule("TIM-7")),
        ("sense_start_min", 24),
        ("sense_start_max", 72),
        pytest.param("portal_delay_min", 300, marks=pytest.mark.rule("MON-4")),
        pytest.param("portal_delay_max", 1800, marks=pytest.mark.rule("MON-4")),
        ("mde_client_content", 137_000_000),
        ("mde_client_install", 126),
        ("client_inactive_share", 60_000),
        ("client_broken_share", 25_000),
        ("network_blocked_share", 30_000),
        ("install_failure_share", 12_500),
        ("sensor_decay_per_day", 500),
    ],
)
def test_numbers_with_a_source_stand_as_found(name, value):
    """The numbers that somebody published or measured are used as they were found."""
    assert ASSUMPTIONS[name].value == value


def test_server_2016_lacks_something_in_one_of_ten():
    """The five prerequisites of Server 2016 are missing in 10 % together."""
    names = (
        "servicing_stack_missing_share",
        "cumulative_update_missing_share",
        "antivirus_disabled_share",
        "antivirus_outdated_share",
        "antivirus_not_installed_share",
    )

    assert sum(ASSUMPTIONS[name].value for name in names) == 100_000
