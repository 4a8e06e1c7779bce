"""Spans of time for the naive model, and what recurs within them: plain lists, looked through."""

from bisect import bisect_right

NEVER = 10**12


class Spans:
    """Spans [start, end), apart from each other and in order."""

    def __init__(self, spans):
        self.spans = merged(spans)
        self.starts = [start for start, _ in self.spans]

    def around(self, time):
        """Return the span that holds *time*, or None."""
        place = bisect_right(self.starts, time) - 1
        if place >= 0 and time < self.spans[place][1]:
            return self.spans[place]
        return None

    def holds(self, time):
        return self.around(time) is not None

    def first(self, time):
        """Return the first instant from *time* on that a span holds."""
        for start, end in self.spans[max(0, bisect_right(self.starts, time) - 1) :]:
            if time < end:
                return max(start, time)
        return NEVER

    def end(self, time):
        """Return when the span around *time* ends."""
        return self.around(time)[1]

    def last_before(self, time):
        """Return the last instant up to *time* that a span holds or ends at; None without one."""
        ends = [min(end, time) for start, end in self.spans if start <= time]
        return max(ends, default=None)

    def joined_with(self, other, time):
        """Return these spans up to *time*, and others from then on."""
        return Spans([*self.clipped(-NEVER, time).spans, *other.clipped(time, NEVER).spans])

    def clipped(self, first, last):
        return Spans((max(start, first), min(end, last)) for start, end in self.spans)


def merged(spans):
    """Return spans in order; what overlaps or touches becomes one, empty ones are left out."""
    found = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def occurrences(spans, phase, period, until, late):
    """Return each slot of a grid within the spans, and one more where a span begins too late.

    When the last slot before a span was missed and not made up for yet, it is made up for
    `late(number)` after the span's beginning, if the span lasts that long; *number* counts the
    slots of the grid.
    """
    found = {slot for slot in range(phase, until, period) if spans.holds(slot)}
    made_up = set()
    for start, end in spans.spans:
        number = (start - 1 - phase) // period
        is_missed = number >= 0 and not spans.holds(phase + number * period)
        if is_missed and number not in made_up:
            instant = start + late(number)
            if instant < min(end, until):
                made_up.add(number)
                found.add(instant)
    return sorted(found)
