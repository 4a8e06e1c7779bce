"""What ties the parts of a scenario together, judged all at once."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from sim.errors import Problem
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario import reference_checks, time_checks, value_checks
from sim.scenario.check_context import CheckContext, Inconsistency
from sim.scenario.reading import ModelReading
from sim.scenario.time_checks import wrong_expressions

_CHECKS = (
    time_checks.unusable_horizon,
    time_checks.unknown_time_zones,
    reference_checks.fleet_source,
    reference_checks.mix,
    reference_checks.too_many_joining,
    reference_checks.repeated_names,
    reference_checks.unknown_references,
    reference_checks.collection_circles,
    reference_checks.circles_by_steps,
    reference_checks.unreadable_members,
    time_checks.windows_out_of_range,
    time_checks.steps_out_of_time,
    time_checks.steps_after_steps,
    value_checks.wrong_patches,
    reference_checks.support_desk,
    wrong_expressions,
)


def check_parts(reading: ModelReading, folder: Path | None) -> Iterator[Problem]:
    """Yield every problem between the parts of what was read.

    What concerns a place that was refused already is not said again.
    """
    if reading.scenario is None:
        return
    scene = CheckContext(reading.scenario, folder, reading.lost)
    findings = chain.from_iterable(judge(scene) for judge in _CHECKS)
    assumed = value_checks.wrong_assumptions(reading.scenario, ASSUMPTIONS)
    for finding in chain(findings, assumed):
        if not _is_spoiled(finding, reading):
            yield reading.places.problem(
                finding.loc, finding.what, finding.expected, finding.suggestion
            )


def _is_spoiled(finding: Inconsistency, reading: ModelReading) -> bool:
    loc = reading.places.original(finding.loc)
    return any(loc[: len(bad)] == bad or bad[: len(loc)] == loc for bad in reading.spoiled if bad)
