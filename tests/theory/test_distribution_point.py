"""The queue at a distribution point: waits as queueing theory has them, grants in a fixed order."""

import math
from functools import partial

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.distribution_point import ContentQueue

REPLICATIONS = 30
STUDENT = 3.659
"""A mean of 30 replications lies so many of its spreads or less from the true one in 99.9 %."""
HOLD = 6_000
"""Mean time a slot is held [s]: long, so that whole seconds make no difference."""
SLOTS = 4


def waits_at(slots, arrivals, holds):
    """Return how long each of many requests waited for its slot, in order of arrival [s]."""
    env = simpy.Environment()
    point = ContentQueue(env, slots, 1)
    waits = np.zeros(len(arrivals))

    def begin(number, asked):
        waits[number] = env.now - asked
        env.timeout(holds[number]).callbacks.append(lambda _: point.release())
        return True

    def arrive():
        for number, at in enumerate(arrivals):
            yield env.timeout(at - env.now)
            point.request(f"PC-{number:06d}", partial(begin, number, at))

    env.process(arrive())
    env.run()
    return waits


def replications(slots, load, draw_holds, requests=3_000, warming_up=500):
    """Yield the waits of independent runs with Poisson arrivals, after they have settled."""
    for number in range(REPLICATIONS):
        dice = np.random.default_rng([20260302, number])
        times = np.cumsum(dice.exponential(HOLD / (slots * load), requests))
        holds = np.maximum(1, np.rint(draw_holds(dice, requests)).astype(int))
        yield waits_at(slots, times.astype(int).tolist(), holds.tolist())[warming_up:]


def assert_mean_of_runs(values, expected):
    spread = np.std(values, ddof=1) / math.sqrt(len(values))
    assert abs(np.mean(values) - expected) <= STUDENT * spread, (np.mean(values), expected, spread)
    assert spread < expected / 20  # a test that can tell something


def erlang_c(slots, offered):
    """Return the chance to wait in M/M/c; *offered* is the load in slots."""
    full = offered**slots / math.factorial(slots) * slots / (slots - offered)
    return full / (sum(offered**n / math.factorial(n) for n in range(slots)) + full)


@pytest.mark.parametrize("load", [0.5, 0.7])
def test_with_exponential_holds_requests_wait_as_erlang_says(load):
    """M/M/c: the chance to wait, the mean wait, and the exponential tail of the waits."""
    runs = list(replications(SLOTS, load, lambda dice, n: dice.exponential(HOLD, n)))
    chance = erlang_c(SLOTS, SLOTS * load)
    drains = HOLD / (SLOTS * (1 - load))

    assert_mean_of_runs([(waits > 0).mean() for waits in runs], chance)
    assert_mean_of_runs([waits.mean() for waits in runs], chance * drains)
    tail = [(waits > drains / 2).mean() for waits in runs]
    assert_mean_of_runs(tail, chance * math.exp(-0.5))


@pytest.mark.parametrize("load", [0.5, 0.7])
def test_with_equal_holds_at_one_slot_requests_wait_as_pollaczek_and_khinchine_say(load):
    """M/D/1: half of what exponential holds would cost."""
    runs = list(replications(1, load, lambda dice, n: np.full(n, HOLD)))

    assert_mean_of_runs([(waits > 0).mean() for waits in runs], load)
    assert_mean_of_runs([waits.mean() for waits in runs], load * HOLD / (2 * (1 - load)))


requests = st.lists(
    st.tuples(
        st.integers(0, 12),  # the second of asking
        st.sampled_from("abcdefgh"),
        st.integers(1, 6),  # how long the slot is held
        st.integers(0, 5).map(bool),  # whether it is still there when its turn comes
    ),
    max_size=14,
)


def naive_grants(slots, wanted):
    """Walk through every second: slots come back, then whoever asked first is served first."""
    waiting, ends, grants = [], [], []
    for second in range(200):
        waiting += [
            (asked, name, n) for n, (asked, name, *_) in enumerate(wanted) if asked == second
        ]
        ends = [end for end in ends if end > second]
        for request in sorted(waiting):
            if len(ends) == slots:
                break
            waiting.remove(request)
            *_, hold, is_there = wanted[request[2]]
            grants.append((second, request[1], is_there))
            ends += [second + hold] if is_there else []
    return grants


@given(st.integers(1, 4), requests, st.randoms())
def test_grants_follow_the_second_of_asking_then_the_name(slots, wanted, order):
    """Whatever the order in which the devices of one second run; who has gone is passed over."""
    wanted = [*{(asked, name): (asked, name, *rest) for asked, name, *rest in wanted}.values()]
    env = simpy.Environment()
    point, grants = ContentQueue(env, slots, 1), []

    def taken(name, hold, is_there):
        grants.append((env.now, name, is_there))
        if is_there:
            env.timeout(hold).callbacks.append(lambda _: point.release())
        return is_there

    def asks(asked, name, hold, is_there):
        yield env.timeout(asked)
        point.request(name, partial(taken, name, hold, is_there))

    shuffled = list(wanted)
    order.shuffle(shuffled)
    for request in shuffled:
        env.process(asks(*request))
    env.run()
    assert grants == naive_grants(slots, wanted)


def test_a_slot_given_back_is_taken_within_the_same_second_by_whoever_asked_first():
    """Also by one who asks later in that second than the slot came back."""
    env = simpy.Environment()
    point, grants = ContentQueue(env, 1, 1), []

    def taken(name):
        grants.append((name, env.now))
        return True

    def story():
        point.request("B", partial(taken, "B"))
        yield env.timeout(5)
        point.release()
        point.request("C", partial(taken, "C"))
        point.request("A", partial(taken, "A"))

    env.process(story())
    env.run()
    assert grants == [("B", 0), ("A", 5)]


@pytest.mark.parametrize(
    ("content", "megabits", "seconds"),
    [(0, 20, 1), (1, 20, 1), (2_500_000, 20, 1), (2_500_001, 20, 2), (250_000_000, 20, 100)],
)
def test_a_download_takes_the_whole_seconds_that_its_bits_need(content, megabits, seconds):
    point = ContentQueue(simpy.Environment(), 1, megabits)
    assert point.download_time(content) == seconds
