"""Everything that prevents a run is reported at once, each with its place."""

import pytest

from sim.errors import UnusableInput
from sim.fleet.tables import MAX_PROBLEMS
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text

SCENARIO = """\
format: 1
name: Prepared
start: 2026-03-02 00:00
horizon: 1 d
fleet: {import: {file: devices.csv}}
collections:
  - name: Listed
    members:
      - ws-1
      - WS-2
      - ws-3
  - {name: Filed, members: {file: pilot.txt}}
  - {name: Queried, members: "Team == 'x'"}
"""
TABLE = "name,os,Team\nWS-1,server-2016,x\nws-2,server-2016,y\n"


def refusal(folder, text=SCENARIO, table=TABLE, pilot="ws-1\n"):
    """Return the exception that a preparation ends with, and its problems without the folder."""
    (folder / "devices.csv").write_text(table)
    if pilot is not None:
        (folder / "pilot.txt").write_text(pilot)
    with pytest.raises(UnusableInput) as refused:
        prepare(load_text(text, "s.yaml", folder), {})
    problems = [str(problem).replace(f"{folder}/", "") for problem in refused.value.problems]
    return refused.value, problems


def test_names_that_are_not_in_the_fleet_are_told_with_their_line(tmp_path):
    _, problems = refusal(tmp_path, pilot="# pilot\n\nWS-2\r\nws-11\nOther\n")

    assert problems == [
        's.yaml:11: collections[Listed].members: no device "ws-3" in the fleet; '
        'did you mean "ws-2"?',
        'pilot.txt:4: no device "ws-11" in the fleet; did you mean "WS-1"?',
        'pilot.txt:5: no device "Other" in the fleet',
    ]


def test_unknown_names_beyond_the_first_fifty_are_counted(tmp_path):
    pilot = "".join(f"none-{n}\n" for n in range(MAX_PROBLEMS + 30))

    _, problems = refusal(tmp_path, SCENARIO.replace("      - ws-3\n", ""), pilot=pilot)

    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[0] == 'pilot.txt:1: no device "none-0" in the fleet'
    assert problems[-1] == "s.yaml: and 30 more names that are not in the fleet"


def test_a_query_over_a_label_that_the_table_lacks_is_told_with_its_line(tmp_path):
    _, problems = refusal(tmp_path, SCENARIO.replace("Team ==", "Teem =="))

    problem, unknown_name = problems
    assert unknown_name.startswith("s.yaml:11: collections[Listed].members: ")
    assert problem.startswith("s.yaml:13: collections[Queried].members: ")
    assert "Teem" in problem
    assert problem.endswith('did you mean "Team"?')


def test_parts_tables_and_variables_are_refused_together(tmp_path):
    policy = (
        "packages: [{name: p, organization: contoso}]\n"
        "policies: [{name: O, package: p, workspace: {id: {env: NOT_SET_ANYWHERE}}}]\n"
    )

    _, problems = refusal(tmp_path, SCENARIO + policy, table="name,os\nA,x\n,server-2016\n")

    assert [problem.split(":")[0] + problem.split(":")[1] for problem in problems] == [
        "s.yaml15",
        "devices.csv2",
        "devices.csv3",
    ]


def test_nothing_of_a_setting_shows_the_environment(tmp_path):
    (tmp_path / "devices.csv").write_text(TABLE)
    listed = SCENARIO[: SCENARIO.index("collections:")]

    listed += (
        "packages: [{name: p, organization: contoso}]\n"
        "policies: [{name: O, package: p, workspace: {id: {env: A_SECRET}}}]\n"
    )
    variables = {"A_SECRET": "5ec2e7", "ANOTHER": "f00d"}

    setting = prepare(load_text(listed, "s.yaml", tmp_path), variables)

    assert dict(setting.environment) == {"A_SECRET": "5ec2e7"}
    assert "5ec2e7" not in repr(setting)


def test_a_fleet_without_a_device_in_the_run_is_refused(tmp_path):
    listed = SCENARIO[: SCENARIO.index("collections:")]

    _, problems = refusal(tmp_path, listed, table="name,os,retired_at\nA,server-2016,2021-01-01\n")

    assert problems == [
        "fleet: no device takes part in the run at any time; joined_at before the horizon, and"
        " retired_at after that and after the start"
    ]
