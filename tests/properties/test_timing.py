"""How long things take on computers that are always on, against closed forms and domain figures."""

import math

import numpy as np
import pytest

from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR, MINUTE

DEVICES = 4_000
WITHIN = 0.02
"""The published percentiles were drawn 200,000 times; ours must agree to 2 %."""
Z_99_9 = 3.29
"""A mean of n independent draws lies within this many standard errors in 99.9 % of all seeds."""

SCENARIO = f"""format: 1
name: Clocks
start: 2026-03-02
horizon: 30 d
seed: 20
fleet: {{generate: {{devices: {DEVICES}, mix: {{windows-11-24h2: 100 %}}}}}}
faults: none
collections:
  - {{name: All endpoints, members: managed}}
packages: [{{name: onboarding-a, payload: a, organization: contoso}}]
policies: [{{name: Onboard, package: onboarding-a}}]
plan: [{{at: 1 d, deploy: Onboard, to: [All endpoints]}}]
"""
FAILING = SCENARIO.replace("windows-11-24h2", "windows-8.1") + "\nreporting: {interval: 24 h}\n"


def by_event(run, event):
    """Return the instants of an event, one list a device, in order."""
    columns = run.log.columns
    code = list(run.log.tables.names_of("event")).index(event)
    found = {device: [] for device in range(len(run.prepared.fleet))}
    chosen = columns["event"] == code
    for device, time in zip(columns["device"][chosen], columns["time"][chosen], strict=True):
        found[int(device)].append(int(time))
    return found


def first(run, event):
    return np.array([times[0] for times in by_event(run, event).values()])


@pytest.fixture(scope="module")
def run():
    return run_replication(load_text(SCENARIO))


@pytest.fixture(scope="module")
def failing():
    """Return a run in which every evaluation fails: no workspace values (MMA-2)."""
    return run_replication(load_text(FAILING))


def is_uniform(draws, low, high):
    """Say whether mean and variance are those of whole numbers from low to high, at 99.9 %."""
    draws, count = np.asarray(draws, float), high - low + 1
    variance = (count**2 - 1) / 12
    error = math.sqrt(variance / len(draws))
    # The standard error of a variance is sqrt((m4 - v^2) / n); for a uniform m4 is 9/5 of v^2.
    error_of_variance = variance * math.sqrt(0.8 / len(draws))
    return (
        draws.min() >= low
        and draws.max() <= high
        and abs(draws.mean() - (low + high) / 2) < Z_99_9 * error
        and abs(draws.var() - variance) < Z_99_9 * error_of_variance
    )


@pytest.mark.rule("MON-4")
@pytest.mark.parametrize(
    ("event", "minutes"),
    [
        ("onboarded", (91, 143, 154)),
        ("reported", (98, 151, 162)),
        ("portal_seen", (108, 161, 173)),
    ],
)
def test_the_chain_of_delays_has_the_percentiles_of_the_domain(run, event, minutes):
    waited = (first(run, event) - DAY) / MINUTE

    assert np.percentile(waited, (50, 90, 95)) == pytest.approx(minutes, rel=WITHIN)


@pytest.mark.rule("TIM-1")
def test_a_policy_is_received_at_the_next_poll_uniformly_within_the_hour(run):
    assert is_uniform(first(run, "policy_received") - DAY, 0, HOUR - 1)


@pytest.mark.rule("TIM-2")
def test_the_first_evaluation_comes_uniformly_within_two_hours_of_the_policy(run):
    delay = first(run, "policy_evaluated") - first(run, "policy_received")

    assert is_uniform(delay, 1, 2 * HOUR)


def test_poll_and_first_evaluation_are_independent(run):
    received, evaluated = first(run, "policy_received"), first(run, "policy_evaluated")

    assert abs(np.corrcoef(received, evaluated - received)[0, 1]) < Z_99_9 / math.sqrt(DEVICES)


def test_the_service_starts_uniformly_between_its_shortest_and_longest_time(run):
    assert is_uniform(first(run, "onboarded") - first(run, "policy_applied"), 24, 72)


@pytest.mark.rule("TIM-3")
def test_the_console_hears_at_the_next_state_message_uniformly_within_the_quarter(run):
    assert is_uniform(first(run, "reported") - first(run, "onboarded"), 1, 15 * MINUTE)


@pytest.mark.rule("MON-4")
def test_the_portal_lists_a_device_uniformly_5_to_30_minutes_after_it_onboarded(run):
    assert is_uniform(first(run, "portal_seen") - first(run, "onboarded"), 5 * MINUTE, 30 * MINUTE)


@pytest.mark.rule("TIM-2")
@pytest.mark.rule("MMA-2")
def test_a_failed_policy_is_tried_again_every_week_to_the_second(failing):
    for times in by_event(failing, "policy_failed").values():
        assert len(times) == 5
        assert set(np.diff(times)) == {7 * DAY}


@pytest.mark.rule("TIM-2")
@pytest.mark.rule("MMA-6")
def test_a_changed_policy_is_seen_at_the_next_scheduled_evaluation():
    """Workspace values come on day 10: each device is done at its own second of the weekly grid."""
    mended = FAILING.replace(
        "plan: [", "plan: [{at: 10 d, set_workspace: Onboard, id: present, key: present}, "
    )
    run = run_replication(load_text(mended.replace(f"devices: {DEVICES}", "devices: 1000")))
    evaluated = by_event(run, "policy_evaluated")
    waited = []

    for times in evaluated.values():
        assert {(time - times[0]) % (7 * DAY) for time in times} == {0}
        known = times[0] + 7 * DAY * math.ceil((10 * DAY - times[0]) / (7 * DAY))
        assert times[-1] in (known, known + 7 * DAY)
        waited.append(times[-1] - 10 * DAY)
    assert max(waited) <= 7 * DAY + HOUR
    assert all(by_event(run, "onboarded").values())
