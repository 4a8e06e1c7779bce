"""The payloads of onboarded devices over time, and the results of one-time scripts (UPD-1, UPD-9).

Shares are of the devices that are onboarded at that instant, in the device view. Devices on which a
script succeeded use its payload after their next restart.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.accounts.headline import (
    by_frequency,
    first_times,
    goal_of,
    is_onboarded,
    most_used_at_start,
    uses,
)
from sim.eventlog import EventLog
from sim.measures.series import Counted, SeriesReader, percentages
from sim.measures.tally import Tally
from sim.scenario.model import Scenario
from sim.units import Seconds

POINTS = 241
"""Instants at which a line is read, evenly spaced over the run."""

Line = tuple[float, ...]
"""Per cent of the onboarded devices at each instant; NaN where no device is onboarded."""


@dataclass(frozen=True, slots=True)
class PayloadProgress:
    """One payload: the onboarded devices that use it, and those that will after a restart."""

    name: str
    used: int
    """Devices that use it at the end."""
    pending: int
    """Devices that wait for a restart to use it, at the end."""
    reverted: int
    """Devices on which a policy restored it after a script had replaced it (UPD-4)."""
    time_to: dict[int, Seconds | None]
    """When 50, 90 and 95 % of the onboarded devices first used it [s]."""
    use: Line
    wait: Line
    """Devices that wait for a restart to use it."""


@dataclass(frozen=True, slots=True)
class ScriptProgress:
    """One package's script: the devices that it reached, and its results on them."""

    package: str
    payload: str
    reached: int
    """Devices present at the end that it has reached at any time."""
    succeeded: int
    failed: int
    """Devices on which it failed and never succeeded."""
    success: Line
    """Devices on which it has succeeded."""

    @property
    def missing(self) -> int:
        """Devices that it has reached and that have never run it."""
        return self.reached - self.succeeded - self.failed


@dataclass(frozen=True, slots=True)
class ScriptFailure:
    """One cause for which a package's script failed on devices where it never succeeded."""

    package: str
    cause: str
    rule: str
    devices: int
    systems: tuple[str, ...]
    """The operating systems it failed on, the most frequent first."""


@dataclass(frozen=True, slots=True)
class PayloadAccount:
    """All payloads and scripts of a run."""

    instants: tuple[Seconds, ...]
    onboarded: int
    """At the end."""
    payloads: Sequence[PayloadProgress]
    """The one that the plan deploys first, then by use at the end."""
    scripts: Sequence[ScriptProgress]
    failures: Sequence[ScriptFailure]
    """The most frequent first."""


def payload_account(scenario: Scenario, log: EventLog, tally: Tally) -> PayloadAccount | None:
    """Return the account of a run with several payloads or a script; None for any other run."""
    profiles = tally.run_profiles()
    names = {name for profile in profiles for name in (profile.payload, profile.payload_pending)}
    names -= {""}
    scripts = _Scripts(log, tally)
    if len(names) < 2 and not scripts.packages:
        return None
    goal = goal_of(scenario, most_used_at_start(tally))
    lines = _Lines(tally, np.linspace(0, scenario.horizon, POINTS).astype(np.int64))
    brought_back = set(log.rows(("payload_reverted",), "payload", "device"))
    reverted = Counter(payload for payload, _ in brought_back)
    rows = [_payload(name, lines, reverted[name]) for name in sorted(names)]
    new = goal[1] if goal else ""
    payloads = {package.name: package.payload_name for package in scenario.packages}
    return PayloadAccount(
        tuple(lines.instants.tolist()),
        int(lines.onboarded[-1]),
        sorted(rows, key=lambda row: (row.name != new, -row.used, row.name)),
        [scripts.progress(each, payloads[each], lines) for each in scripts.packages],
        scripts.failures(),
    )


class _Lines:
    """Reads counts of devices at each instant."""

    def __init__(self, tally: Tally, instants: NDArray[np.int64]) -> None:
        self.reader = SeriesReader(tally)
        self.instants = instants
        self.onboarded = self.reader.counts(is_onboarded, instants)

    def read(self, counted: Counted) -> tuple[int, Line]:
        """Return how many devices count at the end, and their share of the onboarded ones."""
        counts = self.reader.counts(counted, self.instants)
        return int(counts[-1]), tuple(percentages(counts, self.onboarded).tolist())


def _payload(name: str, lines: _Lines, reverted: int) -> PayloadProgress:
    used, use = lines.read(uses(name))
    pending, wait = lines.read(lambda each: is_onboarded(each) and each.payload_pending == name)
    time_to = first_times(lines.reader, uses(name), is_onboarded)
    return PayloadProgress(name, used, pending, reverted, time_to, use, wait)


class _Scripts:
    """The rows of scripts in the log, by package: the devices reached, ran or failed."""

    def __init__(self, log: EventLog, tally: Tally) -> None:
        self._tally = tally
        self.reached: dict[str, set[int]] = defaultdict(set)
        self.ran: dict[str, set[int]] = defaultdict(set)
        self.failed: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        """Cause and rule of the latest failure of each device, by package."""
        events = ("targeted", "script_ran", "script_failed")
        columns = ("step", "device", "event", "cause", "rule")
        for step, device, event, cause, rule in log.rows(events, *columns):
            package = tally.device_table.scripts.get(step)
            if package is None:
                continue
            if event == "targeted":
                self.reached[package].add(device)
            elif event == "script_ran":
                self.ran[package].add(device)
            else:
                self.failed[package][device] = cause, rule
        self.packages = sorted(self.reached)

    def _present(self, devices: set[int]) -> set[int]:
        return {device for device in devices if self._tally.state_of(device).present}

    def _never_succeeded(self, package: str) -> dict[int, tuple[str, str]]:
        """Return the devices present at the end on which a script failed and never succeeded."""
        failed = self.failed[package]
        devices = self._present(set(failed) - self.ran[package])
        return {device: failed[device] for device in sorted(devices)}

    def progress(self, package: str, payload: str, lines: _Lines) -> ScriptProgress:
        """Return the results of one package's script."""
        _, success = lines.read(lambda each: is_onboarded(each) and package in each.scripts)
        return ScriptProgress(
            package,
            payload,
            reached=len(self._present(self.reached[package])),
            succeeded=len(self._present(self.ran[package])),
            failed=len(self._never_succeeded(package)),
            success=success,
        )

    def failures(self) -> list[ScriptFailure]:
        """Return the causes for which scripts failed, the most frequent first."""
        failed_on = defaultdict(list)
        for package in self.packages:
            for device, failure in self._never_succeeded(package).items():
                system = self._tally.device_table.devices[device].kind.os
                failed_on[package, *failure].append(system)
        rows = [
            ScriptFailure(*key, len(systems), tuple(by_frequency(systems)))
            for key, systems in failed_on.items()
        ]
        return sorted(rows, key=lambda row: (-row.devices, row.package, row.cause))
