"""What this version does not simulate is refused by name, with its place, all at once."""

from tests.cli.commands import SCENARIO, write


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
