"""Distribution points of the naive model: parallel downloads, first come, first served."""

from dataclasses import dataclass


@dataclass
class Download:
    """An installer that a device wants, waits for or fetches."""

    agent: str
    point: "Point"
    left: int
    """Seconds of the line that are still to come."""
    since: int | None = None
    """When the device got a slot; None while it has none."""

    @property
    def done(self):
        return None if self.since is None else self.since + self.left


class Point:
    def __init__(self, slots, megabits):
        self.slots, self.megabits = slots, megabits
        self.queue = []
        """(second of asking, name, device) of each request."""
        self.holders = []

    @property
    def is_empty(self):
        """Whether the content was never distributed to it."""
        return self.slots == 0

    def seconds(self, size):
        if self.is_empty:
            return 1
        speed = self.megabits * 1_000_000
        return max(1, 8 * size // speed + (1 if 8 * size % speed else 0))

    def has(self, device):
        return device in self.holders or any(one is device for *_, one in self.queue)

    def ask(self, now, device):
        self.queue.append((now, device.name, device))

    def leave(self, device):
        """Take a device out of the queue, and its slot from it."""
        self.queue = [request for request in self.queue if request[2] is not device]
        self.holders = [holder for holder in self.holders if holder is not device]

    def grant(self, now):
        """Grant free slots at the end of a second; return devices that got one or were skipped."""
        concerned = []
        self.queue.sort(key=lambda request: request[:2])
        while self.queue and len(self.holders) < self.slots:
            _, _, device = self.queue.pop(0)
            concerned.append(device)
            if device.connected.holds(now):
                self.holders.append(device)
                device.download.since = now
        return concerned


def points_of(setting):
    """Return the point of each location that has one, and under "" that of all others."""
    assumed = setting.assumed
    points = {"": Point(assumed["content_slots"], assumed["content_megabits_per_second"])}
    for place in setting.scenario.locations:
        if place.distribution_point == "none":
            points[place.name] = Point(0, 1)
        elif place.distribution_point is not None:
            own = place.distribution_point
            points[place.name] = Point(own.slots, own.megabits_per_second)
    return points
