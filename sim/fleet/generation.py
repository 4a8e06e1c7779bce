"""Generated fleets: systems drawn from a mix, patterned names, places, owners, turnover.

The names of places and people decide nothing. Which devices share a place, a unit or a patch cohort
does, because faults are drawn by group (`groups`). Places, units and cohorts are the same whatever
the size of the fleet.

Turnover is drawn week by week, counted from the start: in each week exactly as many devices join
and retire as the scenario asks for. Nothing happens at the horizon or after it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import numpy as np
from numpy.typing import NDArray

from sim.fleet.groups import group_count
from sim.fleet.streams import Keys, Streams, device_key
from sim.reference.systems import MIXES, OPERATING_SYSTEMS, Portion
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Generate
from sim.units import WEEK, Seconds

DEVICES_A_SITE = 400
MAX_SITES = 24

_UNITS = (
    "Finance",
    "Sales",
    "Production",
    "Logistics",
    "Research",
    "Human Resources",
    "Legal",
    "Marketing",
    "Purchasing",
    "Quality",
    "Customer Service",
    "Facilities",
    "Engineering",
    "Communications",
    "Information Technology",
)


def made_up_unit(number: int) -> str:
    """Return the name of an organizational unit by its number, counted from 0.

    >>> made_up_unit(0), made_up_unit(15)
    ('Finance', 'Finance 2')
    """
    again, place = divmod(number, len(_UNITS))
    return f"{_UNITS[place]} {again + 1}" if again else _UNITS[place]


def made_up_patch_cohort(number: int) -> str:
    """Return the name of a patch cohort by its number, counted from 0.

    >>> made_up_patch_cohort(6)
    'Patch group 07'
    """
    return f"Patch group {number + 1:02d}"


def made_up_names(seed: int, what: str, count: int) -> tuple[str, ...]:
    """Return names of cities (`city`) or people (`name`), all different."""
    from faker import Faker

    faker = Faker("en_GB")
    faker.seed_instance(seed)
    names: dict[str, None] = {}
    while len(names) < count:
        names[str(getattr(faker, what)())] = None
    return tuple(names)


Instant = tuple[Seconds, datetime]
"""Seconds since the start, and the site's wall clock then, as a fleet table holds it."""


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many devices come and go each week of a run."""

    joins_per_week: int
    retires_per_week: int
    clock: SiteClock
    horizon: Seconds

    def joining(self, streams: Streams) -> list[Instant]:
        """Return when devices join, in order."""
        instants = [
            self._instant(
                streams,
                "generated/joined_at",
                device_key(f"generated/joins/{week}/{number}"),
                week,
            )
            for week in range(self._weeks)
            for number in range(self.joins_per_week)
        ]
        return sorted(instant for instant in instants if instant[0] < self.horizon)

    def retiring(
        self, keys: Keys, joined: NDArray[np.int64], streams: Streams
    ) -> dict[int, Instant]:
        """Return when devices are retired, by their place in *keys*; each at most once.

        The devices that are there when a week begins are ranked by keyed draws, and the first ones
        retire at some second of it. *joined* holds when each device joined [s], 0 for the start.
        """
        retired: dict[int, Instant] = {}
        stays = np.ones(len(keys), dtype=bool)
        for week in range(self._weeks if self.retires_per_week else 0):
            there = np.flatnonzero(stays & (joined <= week * WEEK))
            ranks = streams.bits_of_all("generated/retires", keys[there], week)
            chosen = there[np.argsort(ranks, kind="stable")[: self.retires_per_week]]
            stays[chosen] = False
            for device in chosen.tolist():
                key = int(keys[device])
                retired[device] = self._instant(streams, "generated/retired_at", key, week)
        return {device: at for device, at in retired.items() if at[0] < self.horizon}

    @property
    def _weeks(self) -> int:
        return -(-self.horizon // WEEK)

    def _instant(self, streams: Streams, purpose: str, key: int, week: int) -> Instant:
        """Draw a second within a week, after its first.

        The end of daylight saving repeats an hour, and the wall clock of a table means the first
        pass. A second within the repeated hour is drawn again.
        """
        drawn = (
            week * WEEK + streams.between(purpose, key, 1, WEEK - 1, attempt) for attempt in count()
        )
        instants = ((second, self.clock.datetime_at(second)) for second in drawn)
        second, wall = next((second, wall) for second, wall in instants if not wall.fold)
        return second, wall.replace(tzinfo=None)


MAX_OWNERS = 2_000

GENERATED_LABELS = ("owner", "unit", "patch_cohort")
"""Label columns of a generated fleet; the last two are groups (`groups.COHORTS`)."""

Rows = list[dict[str, object]]
Labels = list[tuple[str, ...]]


def generate(
    source: Generate,
    locations: Sequence[str],
    streams: Streams,
    assumed: Mapping[str, int],
    clock: SiteClock,
    horizon: Seconds,
) -> tuple[Rows, Labels]:
    """Return the drawn traits and the labels of a generated fleet, one row for each device.

    *locations* are the scenario's; if it has none, sites are made up, one for every 400 devices.
    A device's system, place and labels depend only on the seed and its number: a larger fleet
    begins with the smaller one, and devices that join during the run change none of the others.
    """
    turnover = Turnover(source.joins_per_week, source.retires_per_week, clock, horizon)
    joining = turnover.joining(streams)
    tags = [str(number) for number in range(1, source.devices + 1)]
    tags += [f"J{number:06d}" for number in range(1, len(joining) + 1)]
    keys = np.array([device_key(f"generated/{tag}") for tag in tags], dtype=np.uint64)
    places = _places(source, locations, streams, keys)
    rows = [
        _row(*cells)
        for cells in zip(tags, _portions(source.mix, streams, keys), places, strict=True)
    ]
    _add_onboarded(rows, source, streams, keys)
    _add_turnover(rows, joining, turnover, streams, keys)
    return rows, _labels(source, streams, assumed, keys)


def _portions(written: str | Mapping[str, int], streams: Streams, keys: Keys) -> list[Portion]:
    if isinstance(written, str):
        mix = MIXES[written]
    else:
        mix = tuple(Portion(os, share) for os, share in written.items())
    bounds = np.cumsum([portion.share for portion in mix])
    drawn = streams.millionths_of_all("generated/system", keys)
    chosen = np.searchsorted(bounds, drawn, side="right")
    return [mix[index] for index in np.minimum(chosen, len(mix) - 1).tolist()]


def _places(source: Generate, locations: Sequence[str], streams: Streams, keys: Keys) -> list[str]:
    most = min(MAX_SITES, (source.devices - 1) // DEVICES_A_SITE + 1)
    sites = tuple(locations) or made_up_names(streams.seed, "city", most)
    choices = _choices(keys, len(sites), DEVICES_A_SITE)
    if locations:
        choices[:] = len(sites)
    return [sites[site] for site in _picks(streams.bits_of_all("generated/site", keys), choices)]


def _choices(keys: Keys, entries: int, devices_an_entry: int) -> Keys:
    """Return how many entries of a list each device can have: one more every so many devices."""
    before = np.arange(len(keys), dtype=np.uint64) // np.uint64(devices_an_entry)
    choices: Keys = np.minimum(before + np.uint64(1), np.uint64(entries))
    return choices


def _picks(bits: Keys, choices: Keys) -> list[int]:
    """Draw one of the choices of each device, uniformly; return its place in the list."""
    picked: list[int] = ((bits * choices) >> np.uint64(32)).tolist()
    return picked


def _labels(source: Generate, streams: Streams, assumed: Mapping[str, int], keys: Keys) -> Labels:
    owners = made_up_names(streams.seed, "name", min(MAX_OWNERS, source.devices))
    choices = _choices(keys, len(owners), 1)
    people = _picks(streams.bits_of_all("generated/owner", keys), choices)
    units = _cohorts("unit", made_up_unit, streams, assumed, keys)
    patches = _cohorts("patch_cohort", made_up_patch_cohort, streams, assumed, keys)
    return list(zip([owners[person] for person in people], units, patches, strict=True))


def _cohorts(
    kind: str,
    name_of: Callable[[int], str],
    streams: Streams,
    assumed: Mapping[str, int],
    keys: Keys,
) -> list[str]:
    most = group_count(kind, assumed) - 1
    numbers = streams.between_for_all(f"generated/{kind}", keys, 0, most).tolist()
    names = {number: name_of(number) for number in set(numbers)}
    return [names[number] for number in numbers]


def _row(tag: str, portion: Portion, place: str) -> dict[str, object]:
    kind = "SRV" if OPERATING_SYSTEMS[portion.os].product_type == "server" else "WS"
    row: dict[str, object] = {
        "name": f"{kind}-{tag.zfill(6)}",
        "os": portion.os,
        "location": place,
    }
    if portion.edition:
        row["edition"] = portion.edition
    return row


def _add_onboarded(rows: Rows, source: Generate, streams: Streams, keys: Keys) -> None:
    """Set which devices of the start were onboarded before it."""
    earlier = source.already_onboarded
    drawn = streams.millionths_of_all("generated/already_onboarded", keys[: source.devices])
    for number in np.flatnonzero(drawn < earlier.share).tolist():
        rows[number] |= {
            "onboarded": True,
            "payload": earlier.payload,
            "organization": earlier.organization,
        }


def _add_turnover(
    rows: Rows, joining: Sequence[Instant], turnover: Turnover, streams: Streams, keys: Keys
) -> None:
    """Set when the last devices join, and when devices are retired."""
    seconds = np.zeros(len(rows), dtype=np.int64)
    for number, (second, wall) in enumerate(joining, start=len(rows) - len(joining)):
        seconds[number] = second
        rows[number]["joined_at"] = wall
    for number, (_, wall) in turnover.retiring(keys, seconds, streams).items():
        rows[number]["retired_at"] = wall
