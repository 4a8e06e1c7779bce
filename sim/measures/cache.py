"""Equal values under one number, so that a device carries a number and not a table of facts.

What tallies have worked out about states and profiles, kept for the next run of one roster.

Many devices, in many replications, are in the same state and hear the same news. What becomes of a
state, how it counts and what a profile weighs depends on the roster alone, never on a run.
"""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sim.eventlog import LogTables

if TYPE_CHECKING:
    from sim.language.tree import Series
    from sim.measures.facts import DeviceView
    from sim.measures.status import Profile
    from sim.measures.weights import SliceFilter


Value = TypeVar("Value", bound=Hashable)


class Numbering(Generic[Value]):
    """Numbers values in the order in which they are met."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def number(self, value: Value) -> int:
        """Return the number of a value, a new one when no equal value was met before."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number


_MOST_STATES = 200_000
_MOST_WEIGHTS = 10_000_000
"""More are not kept for a further run: memory must not grow with the number of replications."""

_CODED = ("rules", "policies", "payloads", "collections", "steps")


class TallyCache:
    """Results by what they were worked out from."""

    def __init__(self) -> None:
        self.profiles: Numbering[Profile] = Numbering()
        self.states: Numbering[DeviceView] = Numbering()
        self.counts: dict[Hashable, dict[int, tuple[int, ...]]] = {}
        """The profile of each state in each view, for devices of one kind."""
        self.meanings: dict[tuple[int, ...], Any] = {}
        """What rows of the log mean, by their codes."""
        self.weights: dict[Series, tuple[list[int], list[int] | None]] = {}
        """What each profile weighs in a series, by its number."""
        self.narrowings: dict[SliceFilter, list[int]] = {}
        """Whether something keeps a profile, by its number."""

    @property
    def is_large(self) -> bool:
        """Whether this takes so much memory that a further run should begin anew."""
        weights = len(self.weights) * len(self.profiles.values)
        return weights > _MOST_WEIGHTS or len(self.states.values) > _MOST_STATES


class Memory:
    """Keeps workings from one run of a roster to the next; another process begins anew."""

    def __init__(self) -> None:
        self._words: tuple[tuple[str, ...], ...] = ()
        self._workings = TallyCache()

    def __reduce__(self) -> tuple[type["Memory"], tuple[()]]:
        """Return what another process makes of it: an empty one."""
        return Memory, ()

    def workings(self, tables: LogTables) -> TallyCache:
        """Return what was worked out for logs with the same words."""
        words = tuple(getattr(tables, name).names for name in _CODED)
        if words != self._words or self._workings.is_large:
            self._words, self._workings = words, TallyCache()
        return self._workings
