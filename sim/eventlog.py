"""The columnar event log: the only result of the kernel.

`LogWriter` collects rows in typed arrays, because an object for each row would need ten times the
memory. `EventLog` is the finished log, in order of time, device (rows of the plan first) and
sequence. Tables turn its codes into words; code 0 is the empty word.
"""

import hashlib
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.reference.causes import CAUSES
from sim.units import Seconds
from sim.vocabulary import EVENTS, REFUSALS

EVENT_CODE = {name: code for code, name in enumerate(EVENTS)}
CAUSE_NAMES = ("", *CAUSES, *REFUSALS)
CAUSE_CODE = {name: code for code, name in enumerate(CAUSE_NAMES)}
COLUMNS = ("time", "device", "event", "cause", "rule", "policy", "payload", "collection", "step")
PLAN = -1
"""The device number of rows that belong to the plan and not to a device."""

WITHDRAWN = 2**32 - 1
"""The time of a row that was taken back before it happened: beyond every horizon."""

SITE_EVENTS = frozenset(
    EVENT_CODE[name]
    for name in (
        *("joined", "retired", "member_added", "member_removed", "targeted", "untargeted"),
        *("step_done", "step_refused", "gate_opened", "gate_timed_out"),
        *("ticket_opened", "ticket_taken", "ticket_closed"),
    )
)
"""Events that the site causes: measures include them from their own second on."""


class NameTable:
    """Words and their codes, in order of declaration; code 0 is the empty word."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = ("", *names)
        self.codes = {name: code for code, name in enumerate(self.names)}


@dataclass(frozen=True, slots=True)
class LogTables:
    """The words for the codes of a log."""

    devices: tuple[str, ...]
    rules: NameTable
    policies: NameTable
    payloads: NameTable
    collections: NameTable
    steps: NameTable

    def names_of(self, column: str) -> tuple[str, ...]:
        """Return the words of a coded column, by code."""
        if column == "event":
            return EVENTS
        if column == "cause":
            return CAUSE_NAMES
        plural = {"policy": "policies"}.get(column, f"{column}s")
        table: NameTable = getattr(self, plural)
        return table.names


class LogWriter:
    """Collects rows in any order of time; drops rows at or after the horizon."""

    def __init__(self, tables: LogTables, horizon: Seconds) -> None:
        self.tables = tables
        self.horizon = horizon
        self.columns = tuple(array(code) for code in ("I", "i", "B", "B", "H", "H", "H", "H", "H"))
        self._appends = tuple(column.append for column in self.columns)
        self._policies, self._payloads = tables.policies.codes, tables.payloads.codes
        self._collections, self._steps = tables.collections.codes, tables.steps.codes
        self._rules = tables.rules.codes
        self._has_withdrawn = False

    def __len__(self) -> int:
        return len(self.columns[0])

    def record(
        self,
        time: Seconds,
        device: int,
        event: str,
        *,
        cause: str = "",
        rule: str = "",
        policy: str = "",
        payload: str = "",
        collection: str = "",
        step: str = "",
    ) -> None:
        """Add a row. *time* may be in the future if it is certain (a report at its next slot)."""
        if time >= self.horizon:
            return
        # No loop: this runs once for every row of a log.
        add_time, add_device, add_event, add_cause, *others = self._appends
        add_rule, add_policy, add_payload, add_collection, add_step = others
        add_time(time)
        add_device(device)
        add_event(EVENT_CODE[event])
        add_cause(CAUSE_CODE[cause])
        add_rule(self._rules[rule])
        add_policy(self._policies[policy])
        add_payload(self._payloads[payload])
        add_collection(self._collections[collection])
        add_step(self._steps[step])

    def withdraw(self, row: int) -> None:
        """Take back a row that lies in the future: it will not happen at its time."""
        self.columns[0][row], self._has_withdrawn = WITHDRAWN, True

    def finish(self) -> "EventLog":
        """Return the log in order of time, device (the plan first) and sequence."""
        columns = [np.array(column) for column in self.columns]
        if self._has_withdrawn:
            happens = columns[0] != WITHDRAWN
            columns = [column[happens] for column in columns]
        order = np.lexsort((columns[1], columns[0]))
        sorted_columns = {
            name: column[order] for name, column in zip(COLUMNS, columns, strict=True)
        }
        return EventLog(self.tables, self.horizon, sorted_columns)


@dataclass(frozen=True)
class EventLog:
    """A finished log: one array for each column, all of one length, and the tables of its codes."""

    tables: LogTables
    horizon: Seconds
    columns: dict[str, NDArray[np.integer]]

    def __len__(self) -> int:
        return len(self.columns["time"])

    @cached_property
    def digest(self) -> str:
        """A digest of the rows in words, independent of their codes."""
        total = hashlib.blake2b(digest_size=16)
        total.update(np.ascontiguousarray(self.columns["time"], dtype="<i8").tobytes())
        for name in COLUMNS[1:]:
            words, codes = self.words_and_codes(name)
            total.update("\x00".join(words).encode())
            total.update(np.ascontiguousarray(codes, dtype="<i8").tobytes())
        return total.hexdigest()

    def rows(self, events: Collection[str], *columns: str) -> Iterator[tuple[Any, ...]]:
        """Return the rows of some events in the log's order, with words in place of codes.

        Times are seconds, devices numbers.
        """
        chosen = np.isin(self.columns["event"], [EVENT_CODE[name] for name in events])
        read = []
        for name in columns:
            values = self.columns[name][chosen].tolist()
            if name not in ("time", "device"):
                values = map(self.tables.names_of(name).__getitem__, values)
            read.append(values)
        return zip(*read, strict=True)

    def words_and_codes(self, column: str) -> tuple[list[str], NDArray[np.int64]]:
        """Return the words a column uses, in order of first appearance, and its codes into them."""
        codes, first, inverse = np.unique(
            self.columns[column], return_index=True, return_inverse=True
        )
        appearance = np.argsort(first, kind="stable")
        rank = np.empty(len(codes), dtype=np.int64)
        rank[appearance] = np.arange(len(codes))
        names = self.tables.devices if column == "device" else self.tables.names_of(column)
        words = ["" if codes[at] == PLAN else names[codes[at]] for at in appearance]
        return words, rank[inverse]
