"""Expectations that are asked of a run in Python, beside those of its scenario."""

import pytest

import sim
from tests.api.rollout import TEXT


@pytest.fixture(scope="module")
def result():
    return sim.run(sim.load(TEXT))


def _refusal(result, *arguments, **long_form):
    with pytest.raises(sim.errors.UnusableInput) as refused:
        result.judge(*arguments, **long_form)
    return str(refused.value)


def test_an_expectation_is_judged_over_the_run(result):
    judged = result.judge("onboarded{collection=All} at end >= 20")

    assert (judged.outcome, judged.observed, judged.margin) == ("passed", 23.0, 3.0)


def test_the_expectations_of_the_scenario_give_what_the_run_says_of_them(result):
    for row in result.expectations.itertuples():
        judged = result.judge(row.text)
        assert (judged.outcome, judged.observed) == (row.outcome, pytest.approx(row.observed))


def test_what_holds_is_not_heard_of(result):
    result.assert_expectation("coverage_pct at end >= 75")


def test_what_does_not_hold_says_what_was_expected_and_observed_and_how_to_run_it_again(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, "utf-8")
    result = sim.run(sim.load(path, {"horizon": "9 d", "replications": 3}), seed=8)

    with pytest.raises(AssertionError) as unmet:
        result.assert_expectation("coverage_pct at 1 d >= 99")

    assert str(unmet.value).splitlines() == [
        "failed: coverage_pct at 1 d >= 99",
        "  expected >= 99.0 %",
        "  met in 0 of 3 replications; the worst, replication 1, observed 0 %, short by 99 points",
        f"  replay: fleetsim run {path} --seed 8 --replication 1 --out results/s-8-replication-1"
        ' --set "horizon=9 d"',
    ]


def test_a_run_of_a_text_says_which_one_it_is():
    result = sim.run(sim.load(TEXT), replication=2)

    with pytest.raises(AssertionError, match="in replication 2 of Small rollout · seed 7"):
        result.assert_expectation("coverage_pct at end < 50")


def test_a_measure_without_data_does_not_pass(result):
    with pytest.raises(AssertionError, match=r"inconclusive: .*\n.*\n  no data"):
        result.assert_expectation("onboarded_pct at 1 h <= 100")


def test_the_long_form_warns_or_only_reports(result):
    with pytest.warns(sim.errors.FleetsimWarning, match="observed 76.7 %"):
        result.assert_expectation("coverage_pct at end < 50", severity="warn")
    result.assert_expectation("coverage_pct at end < 50", report_only=True)
    with pytest.raises(AssertionError, match="min_devices: 31"):
        result.assert_expectation("coverage_pct at end > 50", min_devices=31)


def test_a_wrong_expectation_is_refused_with_the_nearest_word(result):
    assert _refusal(result, "coverage_pc at end > 5") == (
        'column 1: unknown measure "coverage_pc"; did you mean "coverage_pct"?'
    )
    assert 'did you mean "All"?' in _refusal(result, "failed{collection=Al} at end == 0")
    assert "after the horizon" in _refusal(result, "failed at 11 d == 0")
    assert _refusal(result, "failed at end == 0", severty="warn").startswith("severty: unknown key")


def test_what_check_can_judge_can_be_judged_here(tmp_path):
    """A place where only a device was that retired before the start."""
    (tmp_path / "fleet.csv").write_text(
        "name,os,location,retired_at\n"
        "PC-1,windows-11-24h2,LON,\nPC-2,windows-11-24h2,OLD,2026-01-01\n"
    )
    text = TEXT[: TEXT.index("fleet:")] + "fleet: {import: {file: fleet.csv}}\n"
    text += TEXT[TEXT.index("collections:") :]
    (tmp_path / "s.yaml").write_text(text)
    result = sim.run(tmp_path / "s.yaml")

    assert result.judge("device.eligible{location='OLD'} at end == 0").outcome == "passed"
    with pytest.raises(sim.errors.UnusableInput, match='did you mean "OLD"'):
        result.judge("device.eligible{location='OOLD'} at end == 0")


def test_what_is_judged_in_a_replication_of_its_own_has_its_number():
    assert sim.run(sim.load(TEXT), replication=2).judge("failed at end < 5").replication == 2
