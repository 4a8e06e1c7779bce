"""What this version does not simulate is refused by name, with its place, all at once."""

import pytest

from sim.experiment.not_simulated import REFUSED_PARTS, SIMULATED_STEPS
from tests.cli.commands import SCENARIO, changed, entries, write

SUFFIX = "is not simulated yet"
STEP = f"one of {', '.join(SIMULATED_STEPS)}"
EVERYTHING = changed(("seed: 7", "seed: 7\nreplications: 5")).replace(
    "expect:",
    """\
  - {name: s1, at: 2 d, update: Onboard, package: onboarding-a}
  - {name: s2, at: 2 d, set_sample_sharing: Onboard, to: none}
  - {name: s5, at: 2 d, exclude: Some, from: All}
  - {name: s6, at: 2 d, include: Some, in: All}
  - {name: s7, at: 2 d, remove_collection: Some}
  - {name: s8, at: 2 d, set_site_version: "2403"}
  - {at: 2 d, set_client_version: "2403", on: [All]}
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
        assert f"{key}: " in line[int(where.removeprefix("s.yaml:"))]
    assert (ended.code, ended.out) == (2, "")
    assert set(places) == set(REFUSED_PARTS)
    assert places["update"] == "plan[s1].update"
    assert places["set_client_version"] == "plan[7].set_client_version"
    assert entries(tmp_path) == {"s.yaml"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            (
                "expect:",
                "  - {name: again, at: 3 d, update: Onboard, package: onboarding-a}\nexpect:",
            ),
            f"s.yaml:17: plan[again].update: the step update {SUFFIX}; {STEP}",
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


def test_every_switch_of_the_rules_is_accepted(command, tmp_path):
    switches = (
        "rules: {windows_10_minimum: '1607', end_of_support: enforce, offboarding_validity: 7 d,"
        " update_reaches_onboarded: true, drift_reverted: false,"
        " evaluation_outside_windows: false, inactive_after: 3 d}\n"
    )
    write(tmp_path, SCENARIO + switches)

    assert command("run", "s.yaml", folder=tmp_path).code == 0


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
