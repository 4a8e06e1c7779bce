"""What the scenario language accepts and this version does not simulate yet.

Such a scenario is refused by name before anything runs; it is never silently run without the part.
The README lists the same; the list shrinks to nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sim.errors import NotSimulated, Problem
from sim.fleet.device import Device, Fleet
from sim.scenario.loader import Loaded
from sim.scenario.model import STEP_KINDS, Scenario, step_verb

SIMULATED_STEPS = ("deploy", "undeploy", "set_workspace", "set_client_setting", "pause", "resume")

STILL_LEFT_OUT = (
    "every computer is always on, and no restart comes",
    "nobody falls silent: offboarded and blocked devices never count as inactive (MON-3, OFF-3)",
)
"""What every run leaves out in this version; told after each."""

FAULTS_LEFT_OUT = (
    "a ConfigMgr client that is inactive or broken stays so for the whole run (FLT-1)",
    "faults are drawn device by device, not by location or cohort",
    "agents that stop later (FLT-6), metered links and duplicates (FLT-7) do not occur",
)
"""What `faults: drawn` leaves out beside that; told after each such run."""

REFUSED_PARTS: Mapping[str, str] = {
    "replications": "more than one replication",
    "distribution_point": "a distribution point of a location",
    "maintenance_windows": "a maintenance window",
    "joins_per_week": "a fleet that changes in size",
    "retires_per_week": "a fleet that changes in size",
    **{verb: f"the step {verb}" for verb in STEP_KINDS if verb not in SIMULATED_STEPS},
}
"""Every part of a scenario that is refused: its key and what a person calls it."""

UNUSED_ASSUMPTIONS = (
    "missed_poll_window",
    "missed_evaluation_window",
    "script_window",
    "collection_incremental_interval",
    "collection_full_interval",
    "maintenance_window_minimum",
    "content_slots",
    "sensor_repair_mean",
    "client_return_mean",
    "client_repair_mean",
    "absence_mean",
    "working_day_start",
    "working_day_start_spread",
    "working_day_length",
    "restart_interval_laptop",
    "restart_interval_desktop",
    "restart_interval_server",
    "duplicate_share",
    "server_on_share",
    "desktop_night_share",
    "attendance_share",
    "off_site_reachable_share",
    "absence_share",
    "rare_presence_share",
    "off_presence_share",
    "fast_startup_share",
    "metered_share",
    "restart_pending_share",
    "network_blocked_within_share",
    "sensor_decay_per_day",
    "managed_conflict_share",
    "status_not_written_share",
    "sense_missing_share",
)
"""Assumptions that nothing asks for yet: a scenario may override them, and is told so."""


class _RefusedTrait(NamedTuple):
    is_refused: Callable[[Device], bool]
    expected: str


REFUSED_TRAITS: Mapping[str, _RefusedTrait] = {
    "presence": _RefusedTrait(lambda device: device.presence != "always_on", "always_on"),
    "joined_at": _RefusedTrait(lambda device: device.joined_at is not None, "an empty cell"),
    "retired_at": _RefusedTrait(lambda device: device.retired_at is not None, "an empty cell"),
}
"""Traits of a fleet table whose other values are refused."""


def refuse_scenario(loaded: Loaded) -> None:
    """Raise NotSimulated with one problem for each part that is not simulated yet."""
    problems = [
        loaded.lines.problem(loc, f"{REFUSED_PARTS[str(loc[-1])]} is not simulated yet", expected)
        for loc, expected in _parts(loaded.scenario)
    ]
    if problems:
        raise NotSimulated(problems)


_Loc = tuple[str | int, ...]


def _parts(scenario: Scenario) -> Iterator[tuple[_Loc, str]]:
    """Yield the place of each refused part, and what to write instead."""
    if scenario.replications > 1:
        yield ("replications",), "leave replications out, or write 1"
    for number, location in enumerate(scenario.locations):
        if location.distribution_point is not None:
            expected = "leave it out; every location downloads over the assumed line"
            yield ("locations", number, "distribution_point"), expected
    if scenario.maintenance_windows:
        yield ("maintenance_windows",), "leave maintenance_windows out"
    generated = scenario.fleet.generate
    for turnover in ("joins_per_week", "retires_per_week"):
        if generated is not None and getattr(generated, turnover):
            yield ("fleet", "generate", turnover), "write 0"
    yield from _steps(scenario)


def _steps(scenario: Scenario) -> Iterator[tuple[_Loc, str]]:
    expected = f"one of {', '.join(SIMULATED_STEPS)}"
    for number, step in enumerate(scenario.plan):
        verb = step_verb(step) or ""
        if verb not in SIMULATED_STEPS:
            yield ("plan", number, verb), expected


def refuse_fleet(fleet: Fleet, file: str, line_of: Callable[[str], int] = lambda name: 0) -> None:
    """Raise NotSimulated when a fleet has traits that are not simulated yet.

    *line_of* returns the line of *file* on which a device stands; it is asked only in trouble.
    """
    problems = []
    for trait, (is_refused, expected) in REFUSED_TRAITS.items():
        refused = [device for device in fleet.devices if is_refused(device)]
        if not refused:
            continue
        first = min(refused, key=lambda device: line_of(device.name))
        others = f", as of {len(refused) - 1} more" if len(refused) > 1 else ""
        problems.append(
            Problem(
                f"{trait} {getattr(first, trait)} is not simulated yet"
                f" (device {first.name}{others})",
                path=trait,
                expected=expected,
                file=file,
                line=line_of(first.name),
            )
        )
    if problems:
        raise NotSimulated(problems)


def unused_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Return the assumptions that a scenario overrides in vain."""
    return tuple(name for name in UNUSED_ASSUMPTIONS if name in scenario.assumptions)


def not_simulated_steps() -> tuple[str, ...]:
    """Return the plan steps that the language knows and this version refuses."""
    return tuple(verb for verb in STEP_KINDS if verb not in SIMULATED_STEPS)
