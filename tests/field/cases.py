"""What administrators met in the field: a scenario and a fleet each; all names are made up."""

from pathlib import Path

from sim.checking.checks import check_files
from sim.lint.linting import lint
from sim.runs.preparation import prepare
from sim.runs.replication import run_prepared
from sim.scenario.loader import load_scenario
from tests.kernel.telling import final

FOLDER = Path(__file__).parent


def scenario_of(case):
    return FOLDER / case / "scenario.yaml"


def unmet(case):
    """Check a scenario as CI does; return its outcome, and each expectation that is not met."""
    (result,) = check_files([scenario_of(case)], jobs=1)
    missed = [one for one in result.expectations if one.outcome != "passed"]
    return result.outcome, [(one.text, one.observed) for one in missed]


PASSED = ("passed", [])


def rehearse(case):
    return run_prepared(prepare(load_scenario(scenario_of(case)), {}))


def findings(case):
    return lint(load_scenario(scenario_of(case)), {})


def standing(run):
    """Return status, cause and rule of each device at the end."""
    names = run.outcomes.columns["name"]
    rows = {name: final(run, name) for name in names}
    return {name: (row["status"], row["cause"], row["rule"]) for name, row in rows.items()}


def causes(run):
    """Return the cause of each device at the end; nothing where all is as wanted."""
    return {name: cause for name, (_, cause, _) in standing(run).items()}
