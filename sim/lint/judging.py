"""Running every check over a scenario: findings in the order of the file."""

import os
from collections.abc import Mapping
from itertools import chain

from sim.lint import (
    device_checks,
    gate_checks,
)
from sim.lint.finding import Finding
from sim.lint.ground import ground
from sim.lint.survey import survey
from sim.scenario.loader import Loaded

_CHECKS = (
    device_checks.devices_that_cannot,
    device_checks.devices_that_wait_for_a_step,
    device_checks.devices_out_of_reach,
    device_checks.devices_left_out,
    gate_checks.gates,
    gate_checks.expectations,
)


def lint(loaded: Loaded, environment: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Return every finding about a scenario and its fleet, in the order of the file.

    *environment* holds the variables in which workspace values are looked up; the process's own
    when None. Raises UnusableInput when the fleet cannot be built.
    """
    known = ground(loaded, os.environ if environment is None else environment)
    found = survey(known)
    findings = chain.from_iterable(check(found) for check in _CHECKS)
    return tuple(sorted(findings, key=_in_order))


def _in_order(finding: Finding) -> tuple[int, str, str, str]:
    return finding.line, finding.id, finding.path, finding.what


def has_errors(findings: tuple[Finding, ...]) -> bool:
    """Say whether the plan is unusable as it is: some finding is an error."""
    return any(finding.severity == "error" for finding in findings)
