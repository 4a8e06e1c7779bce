"""Which payload the onboarded devices use over time, what one-time scripts did, and where they
failed (UPD-1, UPD-9, UPD-10).

Shares are of the devices that are onboarded at that instant, as they truly are. What lies between
the devices on which a script succeeded and those that use its payload waits for a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.accounts.headline import first_times, goal_of, is_onboarded, most_used_at_start, uses
from sim.eventlog import CAUSE_NAMES, EVENT_CODE, EventLog
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally
from sim.scenario.model import Scenario
from sim.units import Seconds

POINTS = 241
"""Instants at which a line is read, evenly spaced over the run."""

Line = tuple[float, ...]
"""Per cent of the onboarded devices at each instant; NaN where none is onboarded."""


@dataclass(frozen=True, slots=True)
class PayloadCourse:
    """One payload: how many onboarded devices use it, and how many will after a restart."""

    name: str
    used: int
    """Devices that use it at the end."""
    pending: int
    """Devices that wait for a restart to use it at the end."""
    reverted: int
    """Devices that a policy gave it back to, in place of what a script had written (UPD-4)."""
    time_to: dict[int, Seconds | None]
    """When 50, 90 and 95 % of the onboarded devices first used it [s]."""
    use: Line
    wait: Line
    """Devices that wait for a restart to use it."""


@dataclass(frozen=True, slots=True)
class ScriptCourse:
    """One package's script: whom it reached and on whom it succeeded."""

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
        """Devices that it has reached and that never ran it."""
        return self.reached - self.succeeded - self.failed


@dataclass(frozen=True, slots=True)
class ScriptFailure:
    """Why a package's script failed, and on how many devices that it never succeeded on."""

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
    brought: str
    """The payload that the plan brings, else the one that most devices use at the end."""
    payloads: Sequence[PayloadCourse]
    """The brought one first, then by use at the end."""
    scripts: Sequence[ScriptCourse]
    failures: Sequence[ScriptFailure]
    """The most frequent first."""


def payload_account(scenario: Scenario, log: EventLog, tally: Tally) -> PayloadAccount | None:
    """Return the account of a run with several payloads or a script; None for any other."""
    met = tally.profiles_met()
    names = {profile.payload for profile in met} | {profile.payload_pending for profile in met}
    names -= {""}
    log_of_scripts = _Scripts(log, tally)
    if len(names) < 2 and not log_of_scripts.packages:
        return None
    goal = goal_of(scenario, most_used_at_start(tally))
    reader = SeriesReader(tally)
    instants = np.linspace(0, scenario.horizon, POINTS).astype(np.int64)
    onboarded = reader.counts(is_onboarded, instants)
    reverted = _reverted(log)
    courses = [
        _payload(name, reader, instants, onboarded, reverted.get(name, 0)) for name in sorted(names)
    ]
    most = max(courses, key=lambda one: one.used).name if courses else ""
    brought = goal[1] if goal and goal[1] in names else most
    payloads = {package.name: package.payload_name for package in scenario.packages}
    return PayloadAccount(
        tuple(instants.tolist()),
        int(onboarded[-1]),
        brought,
        sorted(courses, key=lambda one: (one.name != brought, -one.used, one.name)),
        [
            log_of_scripts.course(package, payloads[package], reader, instants, onboarded)
            for package in log_of_scripts.packages
        ],
        log_of_scripts.failures(),
    )


def _payload(
    name: str,
    reader: SeriesReader,
    instants: NDArray[np.int64],
    onboarded: NDArray[np.float64],
    reverted: int,
) -> PayloadCourse:
    used = reader.counts(uses(name), instants)
    pending = reader.counts(
        lambda profile: is_onboarded(profile) and profile.payload_pending == name, instants
    )
    return PayloadCourse(
        name,
        used=int(used[-1]),
        pending=int(pending[-1]),
        reverted=reverted,
        time_to=first_times(reader, uses(name), is_onboarded),
        use=_line(used, onboarded),
        wait=_line(pending, onboarded),
    )


def _line(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Line:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, 100 * part / whole, np.nan)
    return tuple(share.tolist())


def _reverted(log: EventLog) -> dict[str, int]:
    """Return on how many devices each payload was given back by a policy."""
    rows = log.columns["event"] == EVENT_CODE["payload_reverted"]
    coded = (log.columns[name][rows].tolist() for name in ("payload", "device"))
    pairs = set(zip(*coded, strict=True))
    names = [log.tables.payloads.names[payload] for payload, _ in pairs]
    return {name: names.count(name) for name in sorted(set(names))}


class _Scripts:
    """What the log says of the scripts, by package: whom they reached, where they ran or failed."""

    def __init__(self, log: EventLog, tally: Tally) -> None:
        self._tally = tally
        self.reached: dict[str, set[int]] = {}
        self.ran: dict[str, set[int]] = {}
        self.failed: dict[str, dict[int, tuple[str, str]]] = {}
        """Cause and rule of the latest failure of each device, by package."""
        deployed_by = {
            log.tables.steps.codes[step]: package for step, package in tally.roster.scripts.items()
        }
        names = ("targeted", "script_ran", "script_failed")
        rows = np.isin(log.columns["event"], [EVENT_CODE[name] for name in names])
        rows &= np.isin(log.columns["step"], list(deployed_by))
        columns = (log.columns[name][rows].tolist() for name in _COLUMNS)
        for device, event, cause, rule, step in zip(*columns, strict=True):
            package = deployed_by[step]
            if event == EVENT_CODE["targeted"]:
                self.reached.setdefault(package, set()).add(device)
            elif event == EVENT_CODE["script_ran"]:
                self.ran.setdefault(package, set()).add(device)
            else:
                why = CAUSE_NAMES[cause], log.tables.rules.names[rule]
                self.failed.setdefault(package, {})[device] = why
        self.packages = sorted(self.reached)

    def _present(self, devices: set[int]) -> set[int]:
        return {device for device in devices if self._tally.known(device).present}

    def _in_vain(self, package: str) -> dict[int, tuple[str, str]]:
        """Return the devices present at the end on which a script failed and never succeeded."""
        failed = self.failed.get(package, {})
        left = self._present(set(failed) - self.ran.get(package, set()))
        return {device: failed[device] for device in sorted(left)}

    def course(
        self,
        package: str,
        payload: str,
        reader: SeriesReader,
        instants: NDArray[np.int64],
        onboarded: NDArray[np.float64],
    ) -> ScriptCourse:
        """Return how one package's script fared."""
        done = reader.counts(
            lambda profile: is_onboarded(profile) and package in profile.scripts, instants
        )
        return ScriptCourse(
            package,
            payload,
            reached=len(self._present(self.reached[package])),
            succeeded=len(self._present(self.ran.get(package, set()))),
            failed=len(self._in_vain(package)),
            success=_line(done, onboarded),
        )

    def failures(self) -> list[ScriptFailure]:
        """Return why scripts failed, the most frequent reason first."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for package in self.packages:
            for device, why in self._in_vain(package).items():
                system = self._tally.roster.devices[device].kind.os
                found.setdefault((package, *why), []).append(system)
        rows = [
            ScriptFailure(*key, len(systems), _by_frequency(systems))
            for key, systems in found.items()
        ]
        return sorted(rows, key=lambda row: (-row.devices, row.package, row.cause))


_COLUMNS = ("device", "event", "cause", "rule", "step")


def _by_frequency(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words), key=lambda word: (-words.count(word), word)))
