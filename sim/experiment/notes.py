"""What a reader of a run must know beside its figures, each a sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sim.errors import nearest
from sim.experiment.shut_gates import Shut, gate_notes
from sim.experiment.unused import unused_assumptions
from sim.fleet.columns import COLUMNS
from sim.kernel.replication import Setting
from sim.reference.platforms import OPERATING_SYSTEMS
from sim.reference.routes import is_out_of_support


def notes(setting: Setting, shut: Sequence[Shut]) -> tuple[str, ...]:
    """Return the notes of a run, what changed its outcome first.

    *shut* are the gates that did not open in each of its replications.
    """
    return (
        *gate_notes(shut),
        *_empty_collections(setting),
        *_odd_labels(setting),
        *_unknown_locations(setting),
        *_never_there(setting),
        *_systems(setting),
        *_left_out(setting),
    )


def _empty_collections(setting: Setting) -> Iterator[str]:
    for name, members in setting.members.items():
        if not members:
            yield f"The collection {name} has no members."


def _odd_labels(setting: Setting) -> Iterator[str]:
    """Yield a note for each label column that looks like a misspelt trait."""
    for label in setting.fleet.label_names:
        near = nearest(label, tuple(COLUMNS))
        if near:
            yield (
                f'The column {label} of the fleet is kept as a label; did you mean "{near}"?'
                " That trait is drawn."
            )


def _never_there(setting: Setting) -> Iterator[str]:
    left_out = len(setting.never_there)
    if left_out:
        what = "device is" if left_out == 1 else "devices are"
        yield (
            f"{left_out} {what} left out: retired before the start or before joining, or"
            " joining after the end."
        )


def _unknown_locations(setting: Setting) -> Iterator[str]:
    """Yield a note for each location that reads like a described one and is another."""
    described = tuple(place.name for place in setting.scenario.locations)
    counts = Counter(device.location for device in setting.fleet.devices if device.location)
    for name in sorted(counts.keys() - set(described)):
        near = nearest(name, described)
        if near:
            what = "device is" if counts[name] == 1 else "devices are"
            yield (
                f"{counts[name]} {what} at {name}, which the scenario does not describe; did you"
                f' mean "{near}"?'
            )


def _systems(setting: Setting) -> Iterator[str]:
    devices = [device for device in setting.fleet.devices if device.is_managed]
    today = setting.clock.date_at(0)
    late = sum(OPERATING_SYSTEMS[device.os].later_than_page for device in devices)
    if late:
        what = "device runs a system" if late == 1 else "devices run systems"
        yield f"{late} {what} released after the product page, treated as up-level (OS-5)."
    if setting.scenario.rules.end_of_support == "warn":
        ended = sum(is_out_of_support(device, today) for device in devices)
        if ended:
            what = "device is" if ended == 1 else "devices are"
            yield (
                f"{ended} {what} past the end of support of the system at the start;"
                " end_of_support is set to warn, so this keeps nobody out (OS-3)."
            )


def _left_out(setting: Setting) -> Iterator[str]:
    unused = unused_assumptions(setting.scenario)
    if unused:
        yield f"Overridden, but not asked for yet: {', '.join(unused)}."
