"""Support desks that are impossible: each mistake is a problem with its line."""

import json

import pytest

from sim.errors import UnusableInput
from sim.reference.causes import REPAIRS
from sim.scenario.loader import load_text
from tests.kernel.telling import PACKAGE
from tests.kernel.test_desk import DESK


def refused(**desk):
    """Return the problems of a scenario with a support desk on its lines 7 and following."""
    scenario = f"""
format: 1
name: Told
start: 2026-03-02 00:00
horizon: 30 d
fleet: {{generate: {{devices: 10}}}}
support_desk: {json.dumps(DESK | desk, indent=2)}
packages: {json.dumps([PACKAGE])}
""".lstrip()
    with pytest.raises(UnusableInput) as caught:
        load_text(scenario, "told.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_desk_says_what_is_wrong_with_it_on_its_line():
    assert refused(repairs={"antivirus_disabeld": "2 h", "workspace_missing": "2 h"}) == [
        'told.yaml:9: support_desk.repairs.antivirus_disabeld: unknown cause "antivirus_disabeld"; '
        'did you mean "antivirus_disabled"?',
        "told.yaml:10: support_desk.repairs.workspace_missing: workspace_missing cannot be"
        f" repaired on a single device; one of {', '.join(REPAIRS)}",
    ]
    assert refused(hours="17:00-08:00") == [
        "told.yaml:11: support_desk.hours: the desk closes before it opens; such as 08:00-17:00"
    ]


@pytest.mark.parametrize(
    ("desk", "where", "words"),
    [
        ({"repairs": {"antivirus_disabled": 2}}, "repairs.antivirus_disabled", "unit"),
        ({"repairs": {"antivirus_disabled": "30 s"}}, "repairs.antivirus_disabled", "1 min"),
        ({"repairs": {"antivirus_disabled": "8 d"}}, "repairs.antivirus_disabled", "7 d"),
        ({"repairs": {}}, "repairs", "at least one"),
        ({"technicians": 0}, "technicians", "1"),
        ({"technicians": "two"}, "technicians", "number"),
        ({"hours": "8-17"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-25:00"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-24:30"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-08:00"}, "hours", "08:00-17:00"),
        ({"from": 3}, "from", "14 d"),
        ({"until": "tomorrow"}, "until", "tomorrow"),
        ({"technician": 2}, "technician", "technicians"),
    ],
)
def test_a_desk_that_cannot_be_read_is_a_problem_with_its_line(desk, where, words):
    (problem,) = refused(**desk)

    place, path, what = problem.split(": ", 2)
    assert place.split(":")[0] == "told.yaml"
    assert int(place.split(":")[1]) >= 7
    assert path == f"support_desk.{where}"
    assert words in what
