"""What other programs read of a run of pytest."""

from xml.etree import ElementTree

from tests.pytest_items.projects import EMPTY, FAILS, HOLDS, long_form, scenario

pytest_plugins = ["pytester"]


def _cases(path):
    return {case.get("name"): case for case in ElementTree.parse(path).iter("testcase")}


def _properties(case):
    return {one.get("name"): one.get("value") for one in case.iter("property")}


def test_junit_has_a_case_for_each_expectation_with_its_figures(project):
    project.plan(scenario(HOLDS, FAILS, EMPTY, long_form("eligible at end > 20", severity="warn")))
    project.run("--junitxml", "junit.xml")
    cases = _cases(project.path / "junit.xml")

    assert list(cases) == [HOLDS, FAILS, EMPTY, "eligible at end > 20"]
    assert {case.get("classname") for case in cases.values()} == {"plans.plan.yaml"}
    assert _properties(cases[HOLDS]) == {
        "seed": "7",
        "replications": "1",
        "outcome": "passed",
        "observed": "100.0",
        "margin": "0.0",
    }
    assert _properties(cases[EMPTY])["observed"] == "no data"
    assert _properties(cases["eligible at end > 20"])["outcome"] == "warned"
    failure = cases[FAILS].find("failure")
    assert failure.get("message") == "observed 0 %, short by 50 points"
    assert "replay    fleetsim run plans/plan.yaml --seed 7" in failure.text


def test_figures_are_reported_once_however_often_it_is_tried(project):
    project.plan(scenario(FAILS))
    project.run("--reruns", "2", "--junitxml", "junit.xml")
    (case,) = _cases(project.path / "junit.xml").values()

    assert [one.get("name") for one in case.iter("property")] == [
        "seed",
        "replications",
        "outcome",
        "observed",
        "margin",
    ]


def test_junit_is_the_same_from_workers(project):
    project.plan(scenario(HOLDS, FAILS))
    project.run("--junitxml", "alone.xml")
    project.run_apart("-n", "2", "--junitxml", "together.xml")
    alone, together = _cases(project.path / "alone.xml"), _cases(project.path / "together.xml")

    for name in (HOLDS, FAILS):
        assert _properties(together[name]) == _properties(alone[name])
    assert together[FAILS].find("failure").attrib == alone[FAILS].find("failure").attrib
