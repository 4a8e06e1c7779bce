"""The load of distribution points: nothing lost, each point its own, waits from first to last."""

import pytest

from sim.accounts.content import DEFAULT_POINT, point_loads, spread_bytes
from sim.accounts.stages import stays
from sim.scenario.model import DistributionPoint, Location
from sim.units import HOUR
from tests.measures.handmade import Handmade, device

ASSUMED = {
    "mde_client_content": 125_000_000,
    "mma_content": 50_000_000,
    "content_slots": 2,
    "content_megabits_per_second": 100,
}
PLACES = (
    Location(name="LON", distribution_point=DistributionPoint(slots=1, megabits_per_second=10)),
    Location(name="PAR"),
)


def loads(log):
    finished = log.finish()
    return point_loads(
        finished, log.device_table, PLACES, ASSUMED, stays(finished, log.device_table)
    )


def download(log, name, asked, done, rule="DWN-2"):
    log.log(asked, name, "policy_evaluated", policy="First", rule=rule)
    log.log(done, name, "content_downloaded", policy="First", rule=rule)


def busy():
    log = Handmade(
        device("A", location="LON"),
        device("B", location="PAR"),
        device("C", location="ROM"),
        horizon=3 * HOUR,
    )
    log.target(0, "A", "B", "C")
    download(log, "A", 1_000, 1_200)
    download(log, "B", 3_000, HOUR + 5)
    download(log, "C", 7_000, 7_100, rule="MMA-1")
    return log


def test_a_location_with_a_point_of_its_own_downloads_there_and_all_others_from_the_default_one():
    own, shared = loads(busy())

    assert (own.name, own.downloads, own.locations) == ("LON", 1, 1)
    assert (shared.name, shared.downloads, shared.locations) == (DEFAULT_POINT, 2, 2)


def test_the_point_nearest_to_its_capacity_comes_first():
    first, second = loads(busy())

    assert first.peak_share > second.peak_share
    assert first.total < second.total


def test_bytes_lie_in_the_hours_in_which_they_were_carried():
    own, shared = loads(busy())

    assert shared.by_hour == (62_500_000, 112_500_000, 0)
    assert own.by_hour == (125_000_000, 0, 0)
    assert shared.total == 175_000_000
    assert (shared.peak, shared.peak_hour) == (112_500_000, 1)


def test_a_point_can_carry_what_its_slots_take_in_an_hour():
    own, shared = loads(busy())

    assert shared.capacity == 2 * 100_000_000 // 8 * HOUR
    assert own.capacity == 10_000_000 // 8 * HOUR
    assert own.peak_share == pytest.approx(100 * 125 / 4_500)


def test_the_longest_wait_runs_from_the_evaluation_to_the_end_of_the_download():
    own, shared = loads(busy())

    assert (shared.longest_wait, own.longest_wait) == (HOUR + 5 - 3_000, 200)


def test_nothing_downloaded_is_no_load():
    assert loads(Handmade(device("A"))) == []


@pytest.mark.parametrize("end", [1, 2, HOUR, HOUR + 1, 10 * HOUR])
@pytest.mark.parametrize("size", [1, 7, 137_000_000, 10**12])
@pytest.mark.parametrize("rate", [1, 7, 100, 10_000])
def test_no_byte_is_lost_or_carried_after_the_end(end, size, rate):
    parts = list(spread_bytes(end, size, rate))

    assert sum(carried for _, carried in parts) == size
    assert all(carried >= 0 for _, carried in parts)
    assert 0 <= parts[0][0] <= parts[-1][0] == (end - 1) // HOUR
