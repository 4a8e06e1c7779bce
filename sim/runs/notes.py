"""What a scenario may say and nothing asks for: it is told so, never silently left out.

Gates that did not open: which, what they asked for, and in how many replications.

What a reader of a run must know beside its figures, each a sentence.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sim.errors import nearest
from sim.eventlog import EVENT_CODE, EventLog
from sim.fleet.columns import COLUMNS
from sim.kernel.replication import Prepared
from sim.language.tree import Condition, series_in, unparse
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally
from sim.reference.routes import is_out_of_support
from sim.reference.systems import OPERATING_SYSTEMS
from sim.scenario.model import Scenario
from sim.scenario.steps import step_names
from sim.units import Seconds

UNUSED_ASSUMPTIONS = ("managed_conflict_share",)
"""Assumptions that nothing asks for yet: a scenario may override them."""


def unused_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Return the assumptions that a scenario overrides in vain."""
    return tuple(name for name in UNUSED_ASSUMPTIONS if name in scenario.assumptions)


ClosedGates = Mapping[str, str]
"""Why each gate of one replication did not open, by the name of its step."""


def gate_reason(condition: Condition, reader: SeriesReader, now: Seconds) -> str:
    """Say what a gate asked for and what the console showed at an instant."""
    seen = []
    for series in sorted(series_in(condition), key=repr):
        value = float(reader.values(series, np.array([now], dtype=np.int64))[0])
        seen.append(f"{unparse(series)} was {'without data' if np.isnan(value) else f'{value:g}'}")
    return f"asked for {unparse(condition)}; {', '.join(seen)}"


def closed_gates(prepared: Prepared, log: EventLog, tally: Tally) -> ClosedGates:
    """Return the gates that timed out or are shut at the end, with what was asked and seen."""
    reader = SeriesReader(tally)
    opened, timed_out = _times(log, "gate_opened"), _times(log, "gate_timed_out")
    names = step_names(prepared.scenario.plan)
    found = {}
    for number, condition in prepared.conditions.gates.items():
        code = log.tables.steps.codes[names[number]]
        if code not in opened:
            when = timed_out.get(code, prepared.scenario.horizon)
            found[names[number]] = gate_reason(condition, reader, when)
    return found


def gate_notes(of_each: Sequence[ClosedGates]) -> Iterator[str]:
    """Yield a note for each gate that did not open in some of the replications."""
    for name in dict.fromkeys(name for shut in of_each for name in shut):
        where = [number for number, shut in enumerate(of_each, start=1) if name in shut]
        reason = of_each[where[0] - 1][name]
        if len(of_each) == 1:
            yield f"The gate of {name} did not open: it {reason}."
        else:
            often = f"{len(where)} of {len(of_each)} replications"
            yield (
                f"The gate of {name} did not open in {often}: in replication {where[0]} it"
                f" {reason}."
            )


def _times(log: EventLog, event: str) -> dict[int, Seconds]:
    """Return when an event of the plan happened, by the code of its step."""
    rows = log.columns["event"] == EVENT_CODE[event]
    steps, times = (log.columns[name][rows].tolist() for name in ("step", "time"))
    return dict(zip(steps, times, strict=True))


def run_notes(prepared: Prepared, shut: Sequence[ClosedGates]) -> tuple[str, ...]:
    """Return the notes of a run, what changed its outcome first.

    *shut* are the gates that did not open in each of its replications.
    """
    return (
        *gate_notes(shut),
        *_empty_collections(prepared),
        *_odd_labels(prepared),
        *_unknown_locations(prepared),
        *_never_there(prepared),
        *_systems(prepared),
        *_left_out(prepared),
    )


def _empty_collections(prepared: Prepared) -> Iterator[str]:
    for name, members in prepared.members.items():
        if not members:
            yield f"The collection {name} has no members."


def _odd_labels(prepared: Prepared) -> Iterator[str]:
    """Yield a note for each label column that looks like a misspelt trait."""
    for label in prepared.fleet.label_names:
        near = nearest(label, tuple(COLUMNS))
        if near:
            yield (
                f'The column {label} of the fleet is kept as a label; did you mean "{near}"?'
                " That trait is drawn."
            )


def _never_there(prepared: Prepared) -> Iterator[str]:
    left_out = len(prepared.never_there)
    if left_out:
        what = "device is" if left_out == 1 else "devices are"
        yield (
            f"{left_out} {what} left out: retired before the start or before joining, or"
            " joining after the end."
        )


def _unknown_locations(prepared: Prepared) -> Iterator[str]:
    """Yield a note for each location that reads like a described one and is another."""
    described = tuple(place.name for place in prepared.scenario.locations)
    counts = Counter(device.location for device in prepared.fleet.devices if device.location)
    for name in sorted(counts.keys() - set(described)):
        near = nearest(name, described)
        if near:
            what = "device is" if counts[name] == 1 else "devices are"
            yield (
                f"{counts[name]} {what} at {name}, which the scenario does not describe; did you"
                f' mean "{near}"?'
            )


def _systems(prepared: Prepared) -> Iterator[str]:
    devices = [device for device in prepared.fleet.devices if device.is_managed]
    today = prepared.clock.date_at(0)
    late = sum(OPERATING_SYSTEMS[device.os].later_than_page for device in devices)
    if late:
        what = "device runs a system" if late == 1 else "devices run systems"
        yield f"{late} {what} released after the product page, treated as up-level (OS-5)."
    if prepared.scenario.rules.end_of_support == "warn":
        ended = sum(is_out_of_support(device, today) for device in devices)
        if ended:
            what = "device is" if ended == 1 else "devices are"
            yield (
                f"{ended} {what} past the end of support of the system at the start;"
                " end_of_support is set to warn, so this keeps nobody out (OS-3)."
            )


def _left_out(prepared: Prepared) -> Iterator[str]:
    unused = unused_assumptions(prepared.scenario)
    if unused:
        yield f"Overridden, but not asked for yet: {', '.join(unused)}."
