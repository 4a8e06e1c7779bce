"""Made-up fleets: systems by keyed draws from a mix, patterned names, places, people, turnover.

The names of places and people decide nothing; which devices share a place, a unit or a patch
cohort does, where faults strike by group (`groups`).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sim.fleet.groups import group_count
from sim.fleet.made_up_names import (
    DEVICES_A_SITE,
    made_up_owners,
    made_up_patch_cohort,
    made_up_sites,
    made_up_unit,
)
from sim.fleet.mixes import MIXES, Mix, Portion
from sim.fleet.streams import Keys, Streams, device_key
from sim.fleet.turnover import Instant, Turnover
from sim.reference.platforms import OPERATING_SYSTEMS
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Generate
from sim.units import Seconds

MOST_OWNERS = 2_000

GENERATED_LABELS = ("owner", "unit", "patch_cohort")
"""Label columns of a made-up fleet; the last two are groups (`groups.COHORTS`)."""

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
    """Return the given traits and labels of a made-up fleet, one row a device.

    *locations* are the scenario's; where it has none, sites are made up. A device's system, place
    and labels depend on the seed and its ordinal alone: a larger fleet begins with the smaller one,
    and those who join during the run change nothing of the others. So a site is made up for every
    400 devices, and each device of the start is at one of the sites before it.
    """
    turnover = Turnover(source.joins_per_week, source.retires_per_week, clock, horizon)
    joining = turnover.joining(streams)
    tags = _tags(source.devices, len(joining))
    keys = np.array([device_key(f"generated/{tag}") for tag in tags], dtype=np.uint64)
    places = _places(source, locations, streams, keys)
    rows = [
        _row(*one) for one in zip(tags, _portions(source.mix, streams, keys), places, strict=True)
    ]
    _add_onboarded(rows, source, streams, keys)
    _add_turnover(rows, joining, turnover, streams, keys)
    return rows, _labels(source, streams, assumed, keys)


def _tags(devices: int, joining: int) -> tuple[str, ...]:
    """Return what tells devices apart in names and draws: those of the start, then the others."""
    first = (str(number) for number in range(1, devices + 1))
    return (*first, *(f"J{number:06d}" for number in range(1, joining + 1)))


def mix_of(written: str | Mapping[str, int]) -> Mix:
    """Return a mix by its name, or the one a table of shares describes."""
    if isinstance(written, str):
        return MIXES[written]
    return tuple(Portion(os, share) for os, share in written.items())


def _portions(written: str | Mapping[str, int], streams: Streams, keys: Keys) -> list[Portion]:
    mix = mix_of(written)
    bounds = np.cumsum([portion.share for portion in mix])
    drawn = streams.millionths_of_all("generated/system", keys)
    chosen = np.searchsorted(bounds, drawn, side="right")
    return [mix[index] for index in np.minimum(chosen, len(mix) - 1).tolist()]


def _places(source: Generate, locations: Sequence[str], streams: Streams, keys: Keys) -> list[str]:
    sites = tuple(locations) or made_up_sites(streams.seed, source.devices)
    are_open = _open_to(keys, len(sites), DEVICES_A_SITE)
    if locations:
        are_open[:] = len(sites)
    return [sites[site] for site in _picks(streams.bits_of_all("generated/site", keys), are_open)]


def _open_to(keys: Keys, entries: int, devices_an_entry: int) -> Keys:
    """Return how many entries of a list were made up before each device; one for every so many."""
    before = np.arange(len(keys), dtype=np.uint64) // np.uint64(devices_an_entry)
    are_open: Keys = np.minimum(before + np.uint64(1), np.uint64(entries))
    return are_open


def _picks(bits: Keys, are_open: Keys) -> list[int]:
    """Return for each device one of the first so many entries of a list, uniformly."""
    picked: list[int] = ((bits * are_open) >> np.uint64(32)).tolist()
    return picked


def _labels(source: Generate, streams: Streams, assumed: Mapping[str, int], keys: Keys) -> Labels:
    owners = made_up_owners(streams.seed, min(MOST_OWNERS, source.devices))
    are_open = _open_to(keys, len(owners), 1)
    people = _picks(streams.bits_of_all("generated/owner", keys), are_open)
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
    """Note which devices of the start were onboarded before it."""
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
    """Note when the last devices join, and when devices are retired."""
    seconds = np.zeros(len(rows), dtype=np.int64)
    for number, (second, wall) in enumerate(joining, start=len(rows) - len(joining)):
        seconds[number] = second
        rows[number]["joined_at"] = wall
    for number, (_, wall) in turnover.retiring(keys, seconds, streams).items():
        rows[number]["retired_at"] = wall
