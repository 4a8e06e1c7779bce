"""A second, naive kernel to compare the first with: no shortcuts and no SimPy.

It walks through every poll, every evaluation, every state message slot, every hour of work and
every restart of all devices, whether or not anything can change there, and computes each time what
the site was like at the last poll. Only the pure decisions of `sim.reference`, the keyed draws with
their quantiles, the calendar and the parser of queries are shared.
"""

from tests.kernel.oracle_world import World


def naive_log(setting, streams):
    """Return all rows of a run, as `ordered` puts them; the plan has `at:` steps only."""
    world = World(setting, streams)
    world.run()
    return ordered([*world.site.rows, *(row for one in world.devices for row in one.rows)])


def naive_device_logs(setting, streams):
    """Return the rows of each device by its name, in the order in which it logged them.

    Every poll and every slot of a state message is visited: the cost of a run that skips nothing.
    """
    world = World(setting, streams)
    world.run()
    return {device.name: device.rows for device in world.devices}


def ordered(rows):
    """Order by time and device; what a device sent comes before what it does in the same second."""
    sent = ("reported", "portal_seen")
    first = {"member_added": -2, "member_removed": -2, "targeted": -1, "untargeted": -1}

    def key(row):
        ahead = row[2] in sent
        place = -3 if ahead else first.get(row[2], 0)
        return (row[0], row[1], place, row[2] if ahead else "")

    return sorted(rows, key=key)
