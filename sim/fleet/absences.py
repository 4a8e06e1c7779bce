"""Long absences of the people at the computers (FLT-7): a pure schedule with keyed draws.

Time is cut into cycles, each device's beginning at a point of its own; in each cycle falls one
absence of exponential length, somewhere within the cycle. So at any instant a device is away with
the assumed share, and what is left of an absence then is exponential again, whatever the instant.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.fleet.quantiles import exponential
from sim.fleet.streams import Keys, Streams
from sim.units import MILLION, Seconds

Instants = NDArray[np.int64]
"""One instant a device [s since the start]."""


def absences(
    keys: Keys, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> Iterator[tuple[Instants, Instants]]:
    """Yield begin and end of every device's first, second, third ... absence up to *until*.

    An absence covers [begin, end); one under way at the start begins before second 0.
    """
    share, mean = assumed["absence_share"], max(1, assumed["absence_mean"])
    if share == 0:
        return
    cycle = max(mean, mean * MILLION // share)
    phase = _scaled(streams.bits_of_all("absence_phase", keys), np.uint64(cycle))
    for number in range(until // cycle + 2):
        bits = streams.bits_of_all("absence_length", keys, number)
        lengths = np.minimum(cycle, np.maximum(1, exponential(bits, mean)))
        room = (cycle - lengths + 1).astype(np.uint64)
        drawn = streams.bits_of_all("absence_start", keys, number)
        offset = _scaled(drawn, room)
        begins = number * cycle - phase + offset
        yield begins, begins + lengths


def _scaled(bits: Keys, size: NDArray[np.uint64] | np.uint64) -> Instants:
    """Return integers below *size*, uniformly: (bits * size) >> 32 without overflow."""
    low = np.uint64((1 << 32) - 1)
    high_part = bits * (size >> np.uint64(32))
    low_part = (bits * (size & low)) >> np.uint64(32)
    scaled: Instants = (high_part + low_part).astype(np.int64)
    return scaled
