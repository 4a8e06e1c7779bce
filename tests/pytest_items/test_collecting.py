"""Which files are collected, and how their items are called and chosen."""

import re
import subprocess
import sys

import pytest

from tests.project.tree import ROOT
from tests.pytest_items.projects import FAILS, FIRST_LINE, HOLDS, long_form, scenario

pytest_plugins = ["pytester"]

PRIVATE = re.compile(r"\b_pytest\b|\b(item|config|session|parent|node|request|excinfo)\._[a-z]")
HEAVY = ("numpy", "pandas", "pydantic", "ruamel", "lark", "click", "simpy", "matplotlib")


def _names(run):
    return [line for line in run.outlines if "::" in line]


def test_nothing_is_collected_and_nothing_heavy_imported_until_a_project_opts_in(project):
    project.plan(scenario(HOLDS))
    project.write("pytest.ini", "[pytest]\n")
    project.write(
        "test_ordinary.py",
        f"import sys\ndef test_it():\n    assert 'sim.pytest_plugin' in sys.modules\n"
        f"    assert [one for one in {HEAVY} if one in sys.modules] == []\n",
    )

    project.run_apart("-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_importing_the_plugin_imports_nothing_heavy():
    program = (
        "import pytest, sys; import sim.pytest_plugin;"
        f"print([one for one in {HEAVY} if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout == "[]\n"


def test_scenarios_of_the_folders_that_expect_something_are_collected(project):
    project.plan(scenario(HOLDS))
    project.plan(scenario(FAILS), "deeper.yml")
    project.plan(scenario(), "expects-nothing.yaml")
    project.plan("expect: [a, b]\nservice: other\n", "of-another-program.yaml")
    project.plan(scenario(HOLDS), "notes.txt")
    project.write("elsewhere/plan.yaml", scenario(HOLDS))
    project.write("plans/run-7/scenario.yaml", scenario(HOLDS))
    project.write("plans/run-7/provenance.json", "{}")

    assert _names(project.run("--collect-only", "-q")) == [
        f"plans/deeper.yml::{FAILS}",
        f"plans/plan.yaml::{HOLDS}",
    ]


def test_a_scenario_is_collected_however_its_keys_are_written(project):
    """As `fleetsim check` takes them: indented, in quotes; another encoding is an error."""
    indented = "".join(f"  {line}\n" for line in scenario(HOLDS).splitlines())
    project.plan(indented, "indented.yaml")
    project.plan(scenario(HOLDS).replace("expect:", '"expect":'), "quoted.yaml")
    project.plan("", "wide.yaml")
    (project.path / "plans" / "wide.yaml").write_bytes(scenario(HOLDS).encode("utf-16"))

    run = project.run("--collect-only", "-q")

    assert _names(run)[:2] == [f"plans/indented.yaml::{HOLDS}", f"plans/quoted.yaml::{HOLDS}"]
    run.stdout.fnmatch_lines(["*plans/wide.yaml*UTF-8*"])


def test_a_file_that_is_named_is_collected_and_reported_what_is_wrong_with_it(project):
    wrong = project.plan("expect: [a]\n", "wrong.yaml")
    elsewhere = project.write("elsewhere/plan.yaml", scenario(HOLDS))

    project.run().assert_outcomes()
    project.run(wrong).assert_outcomes(errors=1)
    project.run(elsewhere).assert_outcomes()


def test_a_single_file_opts_in_like_a_folder(project):
    project.plan(scenario(HOLDS))
    project.plan(scenario(FAILS), "other.yaml")

    project.run("-o", "fleetsim_paths=plans/plan.yaml").assert_outcomes(passed=1)


def test_a_folder_that_is_not_there_is_reported(project):
    run = project.run("-o", "fleetsim_paths=plan")

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*fleetsim_paths: there is no folder plan in *"])


def test_a_number_of_processes_is_one_or_more(project):
    project.plan(scenario(HOLDS, replications=2))

    assert project.run("--fleetsim-jobs", "0").ret == pytest.ExitCode.USAGE_ERROR
    project.run("--fleetsim-jobs", "1").assert_outcomes(passed=1)


def test_scenarios_are_found_from_another_folder_and_named_as_one_writes_them_there(project):
    project.plan(scenario(FAILS))
    (project.path / "below").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.path / "below")
        run = project.run("--rootdir", project.path, "-c", "../pytest.ini", "../plans")

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*replay * fleetsim run ../plans/plan.yaml --seed 7"])


def test_collecting_simulates_nothing(project, simulations):
    project.plan(scenario(HOLDS, FAILS))

    run = project.run("--collect-only")
    run.stdout.fnmatch_lines(["*<ScenarioFile plan.yaml>", f"*<ExpectationItem {HOLDS}>"])
    assert simulations == []


def test_equal_expectations_have_names_of_their_own_and_can_be_named(project):
    project.plan(scenario(HOLDS, HOLDS, FAILS, ">\n    coverage_pct at end\n    > 5"))

    assert _names(project.run("--collect-only", "-q")) == [
        f"plans/plan.yaml::{HOLDS}",
        f"plans/plan.yaml::{HOLDS}[2]",
        f"plans/plan.yaml::{FAILS}",
        "plans/plan.yaml::coverage_pct at end > 5",
    ]
    project.run(f"plans/plan.yaml::{HOLDS}[2]").assert_outcomes(passed=1)
    project.run(f"plans/plan.yaml::{FAILS}").assert_outcomes(failed=1)


def test_an_item_stands_on_the_line_of_its_expectation(project):
    project.plan(scenario(HOLDS, long_form(FAILS, severity="warn")))
    items, _ = project.pytester.inline_genitems("plans")

    assert [item.location[:2] for item in items] == [
        ("plans/plan.yaml", FIRST_LINE - 1),
        ("plans/plan.yaml", FIRST_LINE),
    ]


@pytest.mark.parametrize(
    ("wanted", "passed"), [("end", 1), ("other", 1), ("other and end", 0), ("Small", 2)]
)
def test_items_are_chosen_by_expression_file_and_name_of_the_scenario(project, wanted, passed):
    project.plan(scenario(HOLDS))
    project.plan(scenario("eligible at 0 d == 12"), "other.yaml")

    project.run("-k", wanted).assert_outcomes(passed=passed, deselected=2 - passed)


def test_items_are_chosen_by_marks(project):
    project.plan(scenario(HOLDS, long_form(FAILS, marks="[slow]")))
    project.plan(scenario(FAILS, marks="[slow]"), "slow.yaml")

    project.run("-m", "not slow").assert_outcomes(passed=1, deselected=2)
    project.run("-m", "slow").assert_outcomes(failed=2, deselected=1)


def test_an_unknown_mark_is_reported_with_its_line(project):
    project.plan(scenario(HOLDS, long_form(FAILS, marks="[xfail, solw]")))

    run = project.run()
    run.assert_outcomes(passed=1, xfailed=1, warnings=1)
    place = f"plans/plan.yaml:{FIRST_LINE + 1}"
    run.stdout.fnmatch_lines([f"*{place}: PytestUnknownMarkWarning: *solw*"])
    for strict in ("--strict-markers", "-Werror"):
        run = project.run(strict)
        run.assert_outcomes(errors=1)
        run.stdout.fnmatch_lines([f"{place}: expect[[]1].marks[[]1]: *solw*"])


def test_what_is_no_word_is_no_mark(project):
    project.plan(scenario(HOLDS, marks="[takes long]"))
    run = project.run()

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(
        [f"plans/plan.yaml:{FIRST_LINE + 1}: marks[[]0]: takes long: not a mark*"]
    )


def test_scenarios_run_beside_ordinary_tests(project):
    project.plan(scenario(HOLDS, FAILS))
    project.write("test_ordinary.py", "def test_it():\n    pass\n")
    project.write("plans/test_beside.py", "def test_it():\n    pass\n")

    project.run().assert_outcomes(passed=3, failed=1)


def test_the_plugin_uses_only_what_pytest_makes_public():
    files = [ROOT / "sim" / "pytest_plugin.py", *(ROOT / "sim" / "pytest_items").glob("*.py")]

    needed = {"pytest_plugin.py", "items.py", "settings.py"}
    assert needed <= {file.name for file in files}
    assert [file.name for file in files if PRIVATE.search(file.read_text("utf-8"))] == []
