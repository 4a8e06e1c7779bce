"""One simulation for all workers of a run: the first simulates, the others read what it found.

A worker holds a lock of the operating system while it simulates. It is released whatever becomes of
the worker, so whoever waits goes on by itself when another one dies. What was found is JSON in a
folder that belongs to this run of pytest alone.

The one simulation of a scenario, made when its first item runs and remembered for the others.
"""

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from sim.baselines.comparator import Baselines
from sim.baselines.tolerances import read_tolerances
from sim.checking.checks import check_scenario
from sim.checking.results import BaselineResult, CheckResult
from sim.errors import Problem, UnusableInput
from sim.files import write_text_whole
from sim.judging.expectations import ExpectationResult
from sim.pytest_items.settings import Settings
from sim.runs.processes import cores
from sim.scenario.loader import Loaded

if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(number: int) -> None:
        while True:
            try:
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
                return
            except PermissionError:
                time.sleep(0.05)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX)


def once(folder: Path | None, name: str, work: Callable[[], CheckResult]) -> CheckResult:
    """Return what *work* finds, or what it found in another worker under the same name.

    Without a folder, or where it cannot be reached (a worker on another machine), everybody works
    for himself.
    """
    if folder is None or not folder.is_dir():
        return work()
    stem = hashlib.sha256(name.encode()).hexdigest()[:32]
    with _turn(folder / f"{stem}.lock"):
        place = folder / f"{stem}.json"
        found = _read(place)
        if found is None:
            found = work()
            with contextlib.suppress(UnusableInput):
                write_text_whole(place, json.dumps(asdict(found)))
        return found


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Wait until nobody else has the lock; a file system without locks lets everybody in."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            _lock(stack.enter_context(lock.open("wb")).fileno())
        yield


def _read(place: Path) -> CheckResult | None:
    try:
        return _checked(json.loads(place.read_text("utf-8")))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _checked(found: dict[str, Any]) -> CheckResult:
    against = found.pop("baseline")
    return CheckResult(
        file=found.pop("file"),
        name=found.pop("name"),
        judged=tuple(_judged(one) for one in found.pop("judged")),
        problems=tuple(Problem(**one) for one in found.pop("problems")),
        lines=tuple(found.pop("lines")),
        notes=tuple(found.pop("notes")),
        doubts=tuple(found.pop("doubts")),
        baseline=against and BaselineResult(**{**against, "told": tuple(against["told"])}),
        **found,
    )


def _judged(found: dict[str, Any]) -> ExpectationResult:
    interval = found.pop("interval")
    return ExpectationResult(
        **found, interval=None if interval is None else (interval[0], interval[1])
    )


class Simulation:
    """A scenario that was read, and what is found about it once somebody asks."""

    def __init__(self, loaded: Loaded, path: Path, settings: Settings) -> None:
        self.loaded = loaded
        self.path = path
        self._settings = settings
        self._found: CheckResult | None = None
        self._failed: tuple[Exception, TracebackType | None] | None = None

    def checked(self) -> CheckResult:
        """Return what was found; simulates the first time, in one worker of all.

        Raises UnusableInput for problems of the fleet or the baselines. What goes wrong inside is
        raised again each time: it would go wrong again.
        """
        if self._failed is not None:
            error, trace = self._failed
            raise error.with_traceback(trace)
        if self._found is None:
            try:
                self._found = once(self._settings.shared, str(self.path), self._simulate)
            except Exception as error:
                self._failed = (error, error.__traceback__)
                raise
        if self._found.problems:
            raise UnusableInput(self._found.problems)
        return self._found

    def _simulate(self) -> CheckResult:
        settings = self._settings
        folder = settings.baseline
        against = None if folder is None else Baselines(folder, read_tolerances(folder))
        return check_scenario(self.loaded, settings.jobs or cores(), against)
