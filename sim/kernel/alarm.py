"""What an idle device waits for: a time, or somebody who wakes it earlier.

SimPy's `event | timeout` does the same at several times the cost: it makes a third event, which
looks at the other two.
"""

import simpy

from sim.units import Seconds


def alarm(env: simpy.Environment, due: Seconds | None) -> simpy.Event:
    """Return an event that happens at *due*, or only when it is rung."""
    return env.event() if due is None else env.timeout(due - int(env.now))


def ring(event: simpy.Event) -> None:
    """Let whoever waits for an alarm go on in this second; the time it was set to means nothing."""
    if not event.triggered:
        event.succeed()
    elif event.callbacks:
        early = event.env.event()
        early.callbacks, event.callbacks = event.callbacks, []
        early.succeed()
