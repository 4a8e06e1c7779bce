"""When the service of an onboarded device stops by itself, and when it runs again (FLT-6)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.fleet.streams import Keys, Streams, exponential, exponential_of
from sim.units import DAY, MILLION, Seconds


class Outage(NamedTuple):
    """The service does not run in [stops, recovers)."""

    stops: Seconds
    recovers: Seconds


def outages(
    key: int, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> Iterator[Outage]:
    """Yield a device's outages that begin before *until*, in order.

    Time in service and time out of it are exponential: the risk is the same on every day.
    """
    risk = assumed["sensor_decay_per_day"]
    recovers, number = 0, 0
    while risk:
        lasts = exponential_of(streams.bits("service_stop", key, number), mean_service(risk))
        stops = recovers + lasts
        if stops >= until:
            return
        repair = exponential_of(
            streams.bits("service_repair", key, number), assumed["sensor_repair_mean"]
        )
        recovers = stops + max(1, repair)
        yield Outage(stops, recovers)
        number += 1


def mean_service(risk_a_day: int) -> Seconds:
    """Return the mean time in service at a risk of stopping each day [parts per million]."""
    return DAY * MILLION // risk_a_day


def with_outage(
    keys: Keys, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> list[bool]:
    """Return for each device whether an outage begins before *until*; most have none."""
    risk = assumed["sensor_decay_per_day"]
    if not risk:
        return [False] * len(keys)
    first = exponential(streams.bits_of_all("service_stop", keys, 0), mean_service(risk))
    early: list[bool] = (first < until).tolist()
    return early
