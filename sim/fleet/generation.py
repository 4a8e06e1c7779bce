"""Made-up fleets: systems by keyed draws from a mix, patterned names, sites and owners by Faker.

Nothing that Faker says decides an event: it only names places and people.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.fleet.mixes import MIXES, Mix, Portion
from sim.fleet.streams import Keys, Streams, device_key
from sim.reference.platforms import OPERATING_SYSTEMS
from sim.scenario.model import Generate
from sim.units import MILLION

DEVICES_A_SITE = 400
MOST_SITES = 24
MOST_OWNERS = 2_000

GENERATED_LABELS = ("owner",)
"""Label columns of a made-up fleet."""


def generate(
    source: Generate, locations: Sequence[str], streams: Streams
) -> tuple[list[dict[str, object]], list[tuple[str, ...]]]:
    """Return the given traits and labels of a made-up fleet, one row a device.

    *locations* are the scenario's; where it has none, sites are made up. A device's system and
    place depend on the seed and its ordinal alone: a larger fleet begins with the smaller one.
    So a site is made up for every 400 devices, and each device is at one of the sites before it.
    """
    ordinals = np.array(
        [device_key(f"generated/{number}") for number in range(1, source.devices + 1)],
        dtype=np.uint64,
    )
    portions = _portions(source.mix, streams, ordinals)
    sites = tuple(locations) or made_up_sites(streams.seed, source.devices)
    owners = made_up_owners(streams.seed, min(MOST_OWNERS, source.devices))
    before = np.arange(source.devices)
    open_sites = np.full(source.devices, len(sites)) if locations else before // DEVICES_A_SITE + 1
    places = _picks(streams.bits_of_all("generated/site", ordinals), open_sites, len(sites))
    people = _picks(streams.bits_of_all("generated/owner", ordinals), before + 1, len(owners))
    onboarded = _onboarded(source, streams, ordinals)
    rows = [
        _row(number, portion, sites[places[number]], onboarded[number], source)
        for number, portion in enumerate(portions)
    ]
    return rows, [(owners[person],) for person in people]


def _picks(bits: Keys, open_so_far: NDArray[np.int64], most: int) -> list[int]:
    """Return for each device one of the first so many entries of a list, uniformly."""
    bound = np.minimum(open_so_far, most).astype(np.uint64)
    picked: list[int] = ((bits * bound) >> np.uint64(32)).tolist()
    return picked


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


def _onboarded(source: Generate, streams: Streams, keys: Keys) -> list[bool]:
    share = source.already_onboarded.share
    if share == 0:
        return [False] * len(keys)
    drawn = streams.millionths_of_all("generated/already_onboarded", keys)
    return [bool(one) for one in drawn < min(share, MILLION)]


def _row(
    number: int, portion: Portion, site: str, onboarded: bool, source: Generate
) -> dict[str, object]:
    kind = "SRV" if OPERATING_SYSTEMS[portion.os].product_type == "server" else "WS"
    row: dict[str, object] = {
        "name": f"{kind}-{number + 1:06d}",
        "os": portion.os,
        "location": site,
    }
    if portion.edition:
        row["edition"] = portion.edition
    if onboarded:
        row |= {
            "onboarded": True,
            "payload": source.already_onboarded.payload,
            "organization": source.already_onboarded.organization,
        }
    return row


def made_up_sites(seed: int, devices: int) -> tuple[str, ...]:
    """Return names of sites, about one for every 400 devices, all different."""
    count = min(MOST_SITES, (devices - 1) // DEVICES_A_SITE + 1)
    return _different(seed, "city", count)


def made_up_owners(seed: int, count: int) -> tuple[str, ...]:
    """Return names of people, all different."""
    return _different(seed, "name", count)


def _different(seed: int, what: str, count: int) -> tuple[str, ...]:
    from faker import Faker

    faker = Faker("en_GB")
    faker.seed_instance(seed)
    names: dict[str, None] = {}
    while len(names) < count:
        names[str(getattr(faker, what)())] = None
    return tuple(names)
