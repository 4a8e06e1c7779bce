"""Running every check over a scenario: findings in the order of the file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.lint import (
    collection_checks,
    device_checks,
    expression_checks,
    gate_checks,
    migration_checks,
    offboarding_checks,
    policy_checks,
    setting_checks,
    step_checks,
    window_checks,
)
from sim.lint.analysis import analyze
from sim.lint.catalogue import CHECKS, Finding
from sim.runs.loading import load_with_fleet
from sim.scenario.loader import Loaded

_CHECKS = (
    device_checks.devices_that_cannot,
    device_checks.devices_that_wait_for_a_step,
    device_checks.scripts_that_fail,
    device_checks.devices_out_of_reach,
    device_checks.devices_left_out,
    device_checks.devices_for_the_desk,
    gate_checks.gates,
    gate_checks.expectations,
    expression_checks.mixed_up_numbers,
    expression_checks.empty_questions,
    policy_checks.procedures,
    policy_checks.overlapping_policies,
    policy_checks.workspace_values,
    offboarding_checks.offboarding_files,
    migration_checks.migrations,
    migration_checks.reverted_payloads,
    migration_checks.half_validations,
    collection_checks.past_support,
    collection_checks.later_than_page,
    collection_checks.oldest_windows_10,
    collection_checks.retired_mma,
    collection_checks.co_managed_targets,
    collection_checks.antivirus_missing,
    collection_checks.queries_by_build,
    collection_checks.builds_read_as_text,
    collection_checks.absent_systems,
    collection_checks.empty_collections,
    window_checks.short_windows,
    window_checks.missed_retries,
    window_checks.idle_windows,
    window_checks.evaluations_in_windows,
    window_checks.windows_that_never_open,
    window_checks.rare_windows,
    window_checks.slow_schedules,
    window_checks.upgrades_without_windows,
    window_checks.locations_without_content,
    setting_checks.legacy_default,
    setting_checks.settings_without_effect,
    setting_checks.equal_priorities,
    setting_checks.settings_on_other_systems,
    step_checks.refused_steps,
    step_checks.steps_that_never_come,
    step_checks.silencing_patches,
    step_checks.slow_collections,
)


def lint(loaded: Loaded, environment: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Return every finding about a scenario and its fleet, in the order of the file.

    *environment* holds the variables in which workspace values are looked up; the process's own
    when None. Raises UnusableInput when the fleet cannot be built.
    """
    analysis = analyze(loaded, os.environ if environment is None else environment)
    findings = chain.from_iterable(check(analysis) for check in _CHECKS)
    return tuple(sorted(findings, key=lambda one: (one.line, one.id, one.path, one.what)))


@dataclass(frozen=True, slots=True)
class LintReport:
    """One scenario file with all that lint says about it."""

    file: str
    """The file as it was named."""
    findings: tuple[Finding, ...]

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def lint_file(path: str | Path, environment: Mapping[str, str] | None = None) -> LintReport:
    """Return what lint says about a scenario file; one that cannot be used is a finding too."""
    try:
        return LintReport(str(path), lint(load_with_fleet(path), environment))
    except UnusableInput as error:
        return LintReport(
            str(path), tuple(_unusable(problem, str(path)) for problem in error.problems)
        )


def _unusable(problem: Problem, file: str) -> Finding:
    hint = f'did you mean "{problem.suggestion}"?' if problem.suggestion else ""
    return Finding(
        check=CHECKS["LNT-001"],
        what=problem.what,
        advice="; ".join(filter(None, (problem.expected, hint))),
        rule="",
        file=problem.file or file,
        line=problem.line,
        path=problem.path,
    )
