"""Notes on a run: what a reader must know beside its figures, each a sentence.

Gates that did not open come first, with their condition and in how many replications.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sim.errors import nearest
from sim.eventlog import EVENT_CODE, EventLog
from sim.kernel.replication import Prepared
from sim.language.tree import Condition, series_in, unparse
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally
from sim.reference.routes import is_out_of_support
from sim.reference.systems import OPERATING_SYSTEMS
from sim.reference.traits import TRAITS
from sim.scenario.steps import step_names
from sim.units import Seconds

UNUSED_ASSUMPTIONS = ("managed_conflict_share",)
"""Assumptions without effect in this version; a scenario may override them all the same."""


ClosedGates = Mapping[str, str]
"""Why each gate of one replication did not open, by the name of its step."""


def gate_reason(condition: Condition, reader: SeriesReader, now: Seconds) -> str:
    """Return what a gate waits for, and what the console shows at an instant."""
    values = []
    for series in sorted(series_in(condition), key=repr):
        value = float(reader.values(series, np.array([now], dtype=np.int64))[0])
        values.append(
            f"{unparse(series)} was {'without data' if np.isnan(value) else f'{value:g}'}"
        )
    return f"asked for {unparse(condition)}; {', '.join(values)}"


def closed_gates(prepared: Prepared, log: EventLog, tally: Tally) -> ClosedGates:
    """Return the gates that timed out or are closed at the end, each with the reason."""
    reader = SeriesReader(tally)
    opened, timed_out = _times(log, "gate_opened"), _times(log, "gate_timed_out")
    names = step_names(prepared.scenario.plan)
    closed = {}
    for number, condition in prepared.conditions.gates.items():
        code = log.tables.steps.codes[names[number]]
        if code not in opened:
            when = timed_out.get(code, prepared.scenario.horizon)
            closed[names[number]] = gate_reason(condition, reader, when)
    return closed


def gate_notes(of_each: Sequence[ClosedGates]) -> Iterator[str]:
    """Yield a note for each gate that did not open in some of the replications."""
    for name in dict.fromkeys(name for closed in of_each for name in closed):
        where = [number for number, closed in enumerate(of_each, start=1) if name in closed]
        reason = of_each[where[0] - 1][name]
        if len(of_each) == 1:
            yield f'The gate of the step "{name}" did not open: it {reason}.'
        else:
            count = f"{len(where)} of {len(of_each)} replications"
            yield (
                f'The gate of the step "{name}" did not open in {count}: in replication'
                f" {where[0]} it {reason}."
            )


def _times(log: EventLog, event: str) -> dict[int, Seconds]:
    """Return when an event of the plan happened, by the code of its step."""
    rows = log.columns["event"] == EVENT_CODE[event]
    steps, times = (log.columns[name][rows].tolist() for name in ("step", "time"))
    return dict(zip(steps, times, strict=True))


def run_notes(prepared: Prepared, closed: Sequence[ClosedGates]) -> tuple[str, ...]:
    """Return the notes of a run, what changed its outcome first.

    *closed* are the gates that did not open, of each of its replications.
    """
    empty = [name for name, members in prepared.members.items() if not members]
    return (
        *gate_notes(closed),
        *(f'The collection "{name}" has no members.' for name in empty),
        *_labels_like_traits(prepared),
        *_unknown_locations(prepared),
        *_absent_devices(prepared),
        *_systems(prepared),
        *_unused_assumptions(prepared),
    )


def _labels_like_traits(prepared: Prepared) -> Iterator[str]:
    """Yield a note for each label column whose name is close to a trait."""
    for label in prepared.fleet.label_names:
        near = nearest(label, tuple(TRAITS))
        if near:
            yield (
                f'The column "{label}" of the fleet is kept as a label; did you mean "{near}"?'
                " That trait is drawn."
            )


def _absent_devices(prepared: Prepared) -> Iterator[str]:
    if prepared.never_there:
        yield (
            f"{_count(len(prepared.never_there), 'device is', 'devices are')} left out: retired"
            " before the start or before joining, or joining after the end."
        )


def _unknown_locations(prepared: Prepared) -> Iterator[str]:
    """Yield a note for each location whose name is close to a described one."""
    described = tuple(place.name for place in prepared.scenario.locations)
    counts = Counter(device.location for device in prepared.fleet.devices if device.location)
    for name in sorted(counts.keys() - set(described)):
        near = nearest(name, described)
        if near:
            yield (
                f'{_count(counts[name], "device is", "devices are")} at "{name}", which the'
                f' scenario does not describe; did you mean "{near}"?'
            )


def _systems(prepared: Prepared) -> Iterator[str]:
    devices = [device for device in prepared.fleet.devices if device.is_managed]
    today = prepared.clock.date_at(0)
    late = sum(OPERATING_SYSTEMS[device.os].later_than_page for device in devices)
    if late:
        what = _count(late, "device runs a system", "devices run systems")
        yield f"{what} released after the product page, treated as up-level (OS-5)."
    if prepared.scenario.rules.end_of_support == "warn":
        ended = sum(is_out_of_support(device, today) for device in devices)
        if ended:
            what = _count(ended, "device runs a system", "devices run systems")
            yield (
                f"{what} past the end of support at the start; end_of_support is set to warn, so"
                " they can still onboard (OS-3)."
            )


def _unused_assumptions(prepared: Prepared) -> Iterator[str]:
    unused = [name for name in UNUSED_ASSUMPTIONS if name in prepared.scenario.assumptions]
    if unused:
        yield f"Changed, but without effect in this version: {', '.join(unused)}."


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
