"""Made-up fleets: mixes, names, places, and what does not depend on the size."""

from collections import Counter
from dataclasses import replace

import pytest

from sim.reference.systems import MIXES
from tests.fleet.tables import fleet

MANY = 20_000
SURE = 4.5
"""Standard deviations that a share may be off: below 0.5 % of the fleet for every share."""


def generated(devices, *more, lines=(), **times):
    source = f"generate: {{{', '.join((f'devices: {devices}', *more))}}}"
    return fleet(source, *lines, **times).devices


def unnamed(devices):
    return [replace(device, name="") for device in devices]


@pytest.mark.parametrize("mix", MIXES)
def test_the_systems_of_a_named_mix_have_its_shares(mix):
    counts = Counter(device.os for device in generated(MANY, f"mix: {mix}"))
    shares = Counter()
    for portion in MIXES[mix]:
        shares[portion.os] += portion.share / 1_000_000

    assert set(counts) == set(shares)
    for system, share in shares.items():
        assert abs(counts[system] / MANY - share) <= SURE * (share * (1 - share) / MANY) ** 0.5


def test_every_named_mix_adds_up_to_all_devices():
    assert {sum(portion.share for portion in mix) for mix in MIXES.values()} == {1_000_000}


def test_a_table_of_systems_is_a_mix():
    devices = generated(MANY, "mix: {windows-11-24h2: 75 %, server-2016: 25 %}")

    counts = Counter(device.os for device in devices)

    assert set(counts) == {"windows-11-24h2", "server-2016"}
    assert abs(counts["server-2016"] / MANY - 0.25) <= SURE * (0.25 * 0.75 / MANY) ** 0.5


def test_the_mix_decides_an_edition_where_it_names_one():
    editions = {(d.os, d.edition) for d in generated(3_000, "mix: enterprise-2026")}

    assert {edition for os, edition in editions if os == "windows-10-21h2"} == {"ltsc"}
    assert {edition for os, edition in editions if os == "windows-11-25h2"} == {"enterprise", "pro"}


def test_names_tell_the_kind_and_are_unique():
    devices = generated(2_000)

    assert len({device.name.casefold() for device in devices}) == 2_000
    assert {device.name[-6:] for device in devices} == {f"{n:06d}" for n in range(1, 2_001)}
    for device in devices:
        assert device.name[:-6] == ("SRV-" if device.os.startswith("server") else "WS-")
    assert [device.name for device in devices] == sorted(device.name for device in devices)


@pytest.mark.parametrize("smaller", [1, 399, 400, 401, 1_700])
def test_a_larger_fleet_begins_with_the_smaller_one(smaller):
    larger = {device.name: device for device in generated(2_500)}

    assert [larger[device.name] for device in generated(smaller)] == list(generated(smaller))


def test_the_same_seed_gives_the_same_fleet_and_another_seed_another():
    assert generated(300) == generated(300)
    assert unnamed(generated(300)) != unnamed(generated(300, lines=("seed: 2",)))


def test_sites_and_owners_name_places_and_people_and_decide_no_trait_but_the_network():
    """The same seed without made-up sites: only the location and what goes by it differ (FLT-2)."""
    made_up = generated(1_000)
    named = generated(1_000, lines=("locations: [{name: LON}, {name: PAR}]",))

    assert {device.location for device in named} == {"LON", "PAR"}
    assert len({device.location for device in made_up}) == 3
    assert placeless(made_up) == placeless(named)


def placeless(devices):
    return [replace(device, location="", network="ok") for device in devices]


def test_owner_unit_and_patch_cohort_are_labels_for_queries():
    whole = fleet("generate: {devices: 50}")
    device = whole.devices[0]

    assert whole.label_names == ("owner", "unit", "patch_cohort")
    assert all(all(device.labels) for device in whole.devices)
    assert [whole.traits_of(device)[name] for name in whole.label_names] == list(device.labels)


def test_there_are_as_many_units_and_patch_cohorts_as_assumed_of_one_size():
    counts = "assumptions: {unit_count: 20, patch_cohort_count: 8}"
    devices = generated(MANY, lines=(counts,))

    for place, number in ((1, 20), (2, 8)):
        sizes = Counter(device.labels[place] for device in devices)
        mean = MANY / number
        assert len(sizes) == number
        assert all(abs(size - mean) <= SURE * mean**0.5 for size in sizes.values())


def test_none_starts_onboarded_unless_asked_for():
    assert not any(device.onboarded for device in generated(500))


def test_some_start_onboarded_with_the_payload_and_organization_asked_for():
    devices = generated(
        5_000, "already_onboarded: {share: 20 %, payload: old, organization: fabrikam}"
    )
    onboarded = [device for device in devices if device.onboarded]

    assert abs(len(onboarded) / 5_000 - 0.2) <= SURE * (0.2 * 0.8 / 5_000) ** 0.5
    assert {(d.payload, d.organization) for d in onboarded} == {("old", "fabrikam")}
    assert {(d.payload, d.organization) for d in devices if not d.onboarded} == {("", "")}


def test_who_starts_onboarded_got_the_first_package_unless_another_is_named():
    lines = ("packages: [{name: p, payload: a, organization: contoso}]",)
    devices = generated(100, "already_onboarded: {share: 100 %}", lines=lines)

    assert {(d.onboarded, d.payload, d.organization) for d in devices} == {(True, "a", "contoso")}


def test_a_growing_share_keeps_those_who_were_onboarded():
    few, more = (
        {
            d.name
            for d in generated(2_000, f"already_onboarded: {{share: {share} %}}")
            if d.onboarded
        }
        for share in (10, 30)
    )

    assert few < more
