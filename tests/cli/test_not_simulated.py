"""What this version does not simulate is refused by name, with its place, all at once."""

import pytest

from sim.experiment.not_simulated import REFUSED_PARTS
from tests.cli.commands import SCENARIO, changed, entries, write

SUFFIX = "is not simulated yet"
STEP = "one of deploy, undeploy, set_workspace, set_client_setting, pause, resume"
EVERYTHING = (
    changed(
        ("seed: 7", "seed: 7\nreplications: 5"),
        (
            "{devices: 30, mix: servers}",
            "{devices: 30, joins_per_week: 1, retires_per_week: 2}",
        ),
    )
    + """\
locations:
  - {name: LON, distribution_point: {slots: 2, megabits_per_second: 10}}
maintenance_windows:
  - {collection: All, weekly: Sunday 01:00, length: 3 h}
"""
).replace(
    "expect:",
    """\
  - {name: s1, at: 2 d, update: Onboard, package: onboarding-a}
  - {name: s2, at: 2 d, set_sample_sharing: Onboard, to: none}
  - {name: s3, at: 2 d, run_script: script, on: [All]}
  - {name: s4, at: 2 d, remove_script: script, from: [All]}
  - {name: s5, at: 2 d, exclude: Some, from: All}
  - {name: s6, at: 2 d, include: Some, in: All}
  - {name: s7, at: 2 d, remove_collection: Some}
  - {name: s8, at: 2 d, set_site_version: "2403"}
  - {at: 2 d, set_client_version: "2403", on: [All]}
  - {at: 2 d, patch: {dotnet: true}, on: [All], within: 1 d}
  - {at: 2 d, restart: [All], within: 1 d}
expect:""",
).replace(
    "packages:", "  - {name: Some, members: managed}\npackages:\n"
    "  - {name: script, payload: b, organization: contoso, method: group_policy}"
)  # fmt: skip


def test_every_part_that_is_not_simulated_is_refused_at_once_with_its_line(command, tmp_path):
    write(tmp_path, EVERYTHING)

    ended = command("run", "s.yaml", folder=tmp_path)

    line = {number: text.strip() for number, text in enumerate(EVERYTHING.splitlines(), start=1)}
    places = {}
    for problem in ended.problems:
        where, path, what = problem.split(": ", 2)
        key = path.rsplit(".", 1)[-1]
        places[key] = path
        assert what.startswith(f"{REFUSED_PARTS[key]} {SUFFIX}; ")
        assert f"{key}: " in line[int(where.removeprefix("s.yaml:"))] or key == (
            "maintenance_windows"
        )
    assert (ended.code, ended.out) == (2, "")
    assert set(places) == set(REFUSED_PARTS)
    assert places["update"] == "plan[s1].update"
    assert places["restart"] == "plan[11].restart"
    assert places["distribution_point"] == "locations[LON].distribution_point"
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("expect:", "  - {name: again, at: 3 d, restart: [All], within: 1 d}\nexpect:"),
            f"s.yaml:17: plan[again].restart: the step restart {SUFFIX}; {STEP}",
        ),
        (
            ("seed: 7", "seed: 7\nreplications: 2"),
            f"s.yaml:6: replications: more than one replication {SUFFIX}; "
            "leave replications out, or write 1",
        ),
    ],
)
def test_the_refusal_names_place_part_and_what_to_write_instead(
    change, expected, command, tmp_path
):
    write(tmp_path, changed(change))

    assert command("run", "s.yaml", folder=tmp_path).problems == [expected]


def test_several_replications_are_refused_as_an_option_too(command, tmp_path):
    write(tmp_path)

    ended = command("run", "s.yaml", "--replications", 3, folder=tmp_path)

    assert ended.code == 2
    assert ended.problems == [
        f"--set: replications: more than one replication {SUFFIX}; "
        "leave replications out, or write 1"
    ]
    assert entries(tmp_path) == {"s.yaml"}


def test_other_presences_and_turnover_in_a_fleet_table_are_refused_with_their_line(
    command, tmp_path
):
    (tmp_path / "d.csv").write_text(
        "name,os,presence,joined_at,retired_at\n"
        "Z,server-2016,,,\n\n"
        "Y,server-2016,office,,2026-04-01\n"
        "A,server-2016,off,2026-03-05,\n"
        "B,server-2016,always_on,,\n"
    )
    write(tmp_path, changed(("generate: {devices: 30, mix: servers}", "import: {file: d.csv}")))

    ended = command("run", "s.yaml", folder=tmp_path)

    assert ended.code == 2
    assert ended.problems == [
        f"d.csv:4: presence: presence office {SUFFIX} (device Y, as of 1 more); always_on",
        f"d.csv:5: joined_at: joined_at 2026-03-05 00:00:00 {SUFFIX} (device A); an empty cell",
        f"d.csv:4: retired_at: retired_at 2026-04-01 00:00:00 {SUFFIX} (device Y); an empty cell",
    ]
    assert entries(tmp_path) == {"d.csv", "s.yaml"}


def test_every_switch_of_the_rules_is_accepted(command, tmp_path):
    switches = (
        "rules: {windows_10_minimum: '1607', end_of_support: enforce, offboarding_validity: 7 d,"
        " update_reaches_onboarded: true, drift_reverted: false,"
        " evaluation_outside_windows: false, inactive_after: 3 d}\n"
    )
    write(tmp_path, SCENARIO + switches)

    assert command("run", "s.yaml", folder=tmp_path).code == 0


def test_what_a_run_leaves_out_is_told_after_it(command, tmp_path):
    write(tmp_path)
    without_chance = command("run", "s.yaml", "--set", "faults=none", folder=tmp_path)
    with_chance = command("run", "s.yaml", folder=tmp_path)

    assert "Note: Not simulated yet: every computer is always on" in without_chance.err
    assert "FLT-1" not in without_chance.err
    assert "stays so for the whole run (FLT-1)" in with_chance.err


def test_a_cluster_is_refused_by_name(command, tmp_path):
    write(tmp_path)
    done = command("run", "s.yaml", "--cluster", "tcp://127.0.0.1:8786", folder=tmp_path)
    assert done.code == 2
    assert done.err == "--cluster: running on a cluster is not possible yet; leave it out\n"


def test_a_run_that_replaces_an_earlier_one_says_so(command, tmp_path):
    write(tmp_path)
    first = command("run", "s.yaml", folder=tmp_path)
    second = command("run", "s.yaml", folder=tmp_path)
    assert "replaced" not in first.err
    assert "Note: This run replaced an earlier one in results" in second.err
