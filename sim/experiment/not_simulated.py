"""What the scenario language accepts and this version does not simulate yet.

Such a scenario is refused by name before anything runs; it is never silently run without the part.
The README lists the same; the list shrinks to nothing.
"""

from collections.abc import Iterator

from sim.errors import NotSimulated, Problem
from sim.fleet.device import Fleet
from sim.scenario.loader import Loaded
from sim.scenario.model import STEP_KINDS, Scenario, step_verb

SIMULATED_STEPS = ("deploy", "undeploy", "set_workspace", "set_client_setting", "pause", "resume")

PARTLY_SIMULATED = (
    "of the chance faults, FLT-1 to FLT-5 are drawn for each device by itself; agents that stop"
    " later (FLT-6), metered links and duplicates (FLT-7) are not simulated yet",
    "every computer is always on, and no restart comes",
)
"""What `faults: drawn` leaves out in this version; told after each such run."""


def refuse_scenario(loaded: Loaded) -> None:
    """Raise NotSimulated with one problem for each part that is not simulated yet."""
    problems = [
        Problem(
            f"{what} is not simulated yet",
            path=path,
            expected=expected,
            file=loaded.file,
            line=loaded.lines.line(path),
        )
        for path, what, expected in _parts(loaded.scenario)
    ]
    if problems:
        raise NotSimulated(problems)


def _parts(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    if scenario.replications > 1:
        yield "replications", "more than one replication", "leave replications out, or write 1"
    for location in scenario.locations:
        if location.distribution_point is not None:
            yield (
                f"locations[{location.name}].distribution_point",
                "a distribution point of a location",
                "leave it out; every location downloads over the assumed line",
            )
    if scenario.maintenance_windows:
        yield "maintenance_windows", "a maintenance window", "leave maintenance_windows out"
    generated = scenario.fleet.generate
    for turnover in ("joins_per_week", "retires_per_week"):
        if generated is not None and getattr(generated, turnover):
            yield f"fleet.generate.{turnover}", "a fleet that changes in size", "write 0"
    yield from _steps(scenario)


def _steps(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    known = ", ".join(SIMULATED_STEPS)
    for number, step in enumerate(scenario.plan):
        verb = step_verb(step) or ""
        if verb not in SIMULATED_STEPS:
            yield f"plan[{step.name or number}].{verb}", f"the step {verb}", f"one of {known}"


def refuse_fleet(fleet: Fleet, file: str) -> None:
    """Raise NotSimulated when a fleet has traits that are not simulated yet."""
    problems = []
    for trait, is_ahead in (
        ("presence", lambda device: device.presence != "always_on"),
        ("joined_at", lambda device: device.joined_at is not None),
        ("retired_at", lambda device: device.retired_at is not None),
    ):
        ahead = [device for device in fleet.devices if is_ahead(device)]
        if ahead:
            value = getattr(ahead[0], trait)
            problems.append(
                Problem(
                    f"{trait} {value} of {len(ahead)} devices is not simulated yet"
                    f" (first: {ahead[0].name})",
                    path=trait,
                    expected="presence always_on" if trait == "presence" else "an empty cell",
                    file=file,
                )
            )
    if problems:
        raise NotSimulated(problems)


def not_simulated_steps() -> tuple[str, ...]:
    """Return the plan steps that the language knows and this version refuses."""
    return tuple(verb for verb in STEP_KINDS if verb not in SIMULATED_STEPS)
