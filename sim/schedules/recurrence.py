"""The clock: when things recur. Pure integer arithmetic; knows neither order nor chance."""

from dataclasses import dataclass

from sim.units import Seconds


@dataclass(frozen=True, slots=True)
class Grid:
    """Recurring instants `phase + k * period` for k = 0, 1, 2 ..., in seconds since the start.

    Policy polls (TIM-1), scheduled evaluations (TIM-2) and state messages (TIM-3) of a computer
    that is always on are grids.
    """

    phase: Seconds
    period: Seconds

    def at_or_after(self, time: Seconds) -> Seconds:
        """Return the first instant that is not before *time*."""
        if time <= self.phase:
            return self.phase
        return time + (self.phase - time) % self.period

    def after(self, time: Seconds) -> Seconds:
        """Return the first instant strictly after *time*."""
        return self.at_or_after(time + 1)

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last instant that is not after *time*; None when there is none yet."""
        if time < self.phase:
            return None
        return time - (time - self.phase) % self.period
