"""Tiles and statuses: each device falls into exactly one."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.health import health, status
from sim.units import DAY
from sim.vocabulary import HEALTH, STATUSES


@pytest.mark.rule("MON-2")
@pytest.mark.rule("MON-3")
@pytest.mark.parametrize(
    ("applied", "onboarded", "running", "silent", "tile"),
    [
        (False, False, False, 0, "none"),
        (False, False, True, 9 * DAY, "none"),
        (True, False, False, 9 * DAY, "not_onboarded"),
        (True, False, True, 0, "not_onboarded"),
        (True, True, False, 9 * DAY, "agent_stopped"),
        (False, True, False, 0, "agent_stopped"),
        (True, True, True, 9 * DAY, "inactive"),
        (True, True, True, 7 * DAY, "inactive"),
        (True, True, True, 7 * DAY - 1, "healthy"),
        (False, True, True, 0, "healthy"),
    ],
)
def test_the_first_tile_that_fits(applied, onboarded, running, silent, tile):
    """Not onboarded comes before the stopped service, that before silence."""
    assert health(applied, onboarded, running, silent, 7 * DAY) == tile


@pytest.mark.rule("MON-3")
def test_another_inactive_period():
    """The scenario may set the period."""
    assert health(True, True, True, 3 * DAY, 3 * DAY) == "inactive"
    assert health(True, True, True, 3 * DAY, 4 * DAY) == "healthy"


@pytest.mark.parametrize(
    "facts",
    list(product([True, False], repeat=5)),
    ids=lambda facts: "".join("ny"[f] for f in facts),
)
def test_a_device_has_exactly_one_status(facts):
    """The first status of the vocabulary's order that fits is the device's."""
    eligible, offboarded, onboarded, targeted, failed = facts
    fits = {
        "not_eligible": not eligible,
        "offboarded": offboarded,
        "onboarded": onboarded,
        "not_targeted": not targeted,
        "failed": failed,
        "waiting": True,
    }
    found = status(
        eligible=eligible,
        offboarded=offboarded,
        onboarded=onboarded,
        targeted=targeted,
        failed=failed,
    )

    assert found == next(word for word in STATUSES if fits[word])


@given(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 10**8), st.integers(1, 10**7))
def test_every_computer_has_one_tile(applied, onboarded, running, silent, period):
    """Whatever is reported, the tile is a word of the vocabulary; onboarded ones have one."""
    tile = health(applied, onboarded, running, silent, period)

    assert tile in HEALTH
    assert (tile in ("none", "not_onboarded")) is not onboarded
