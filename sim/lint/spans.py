"""Spans of time in which something may be so: sorted, apart, each [start, end) in seconds."""

from collections.abc import Iterable

from sim.units import Seconds

Spans = tuple[tuple[Seconds, Seconds], ...]


def joined(spans: Iterable[tuple[Seconds, Seconds]]) -> Spans:
    """Return spans in order, those that touch or overlap as one.

    >>> joined([(5, 8), (0, 5), (9, 9)])
    ((0, 8),)
    """
    found: list[tuple[Seconds, Seconds]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def both(one: Spans, other: Spans) -> Spans:
    """Return when both may be so.

    >>> both(((0, 10),), ((5, 20),))
    ((5, 10),)
    """
    return joined((max(a, c), min(b, d)) for a, b in one for c, d in other)


def after_holding(spans: Spans, hold: Seconds) -> Spans:
    """Return when something may have lasted for *hold* seconds.

    >>> after_holding(((0, 10), (20, 24)), 5)
    ((5, 10),)
    """
    return joined((start + hold, end) for start, end in spans)


def first_instant(spans: Spans, interval: Seconds, last: Seconds) -> Seconds | None:
    """Return the first instant of a grid that lies in a span and not after *last*.

    >>> first_instant(((1, 3600), (7000, 9000)), 3600, 9000)
    7200
    """
    for start, end in spans:
        instant = -(-start // interval) * interval
        if instant < end and instant <= last:
            return instant
    return None
