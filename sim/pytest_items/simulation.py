"""The one simulation of a scenario, shared by its items and by all workers of a run of pytest.

A worker holds a lock of the operating system while it simulates. The system releases the lock when
the worker ends, for whatever reason, so the others never wait in vain. The result is JSON in a
folder that belongs to this run of pytest alone.
"""

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from pydantic import TypeAdapter

from sim.baselines.comparator import Baselines
from sim.baselines.tolerances import read_tolerances
from sim.checking.checks import check_scenario
from sim.checking.results import CheckResult
from sim.errors import UnusableInput
from sim.files import write_text_whole
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
    """Return the result of *work*, from another worker if that did it under the same name.

    Without a folder, or if it cannot be reached (a worker on another machine), each worker does
    the work itself.
    """
    if folder is None or not folder.is_dir():
        return work()
    stem = hashlib.sha256(name.encode()).hexdigest()[:32]
    with _locked(folder / f"{stem}.lock"):
        path = folder / f"{stem}.json"
        result = _read(path)
        if result is None:
            result = work()
            with contextlib.suppress(UnusableInput):
                write_text_whole(path, json.dumps(asdict(result)))
        return result


@contextlib.contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """Wait for the lock and hold it; on a file system without locks nobody waits."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            _lock(stack.enter_context(lock.open("wb")).fileno())
        yield


def _read(path: Path) -> CheckResult | None:
    try:
        return TypeAdapter(CheckResult).validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


class Simulation:
    """A scenario and the result of checking it, which its first item computes."""

    def __init__(self, loaded: Loaded, path: Path, settings: Settings) -> None:
        self.loaded = loaded
        self.path = path
        self._settings = settings
        self._result: CheckResult | None = None
        self._error: tuple[Exception, TracebackType | None] | None = None

    @property
    def baselines(self) -> Path | None:
        """The folder of baselines, None if scenarios are not compared with any."""
        return self._settings.baseline

    def result(self) -> CheckResult:
        """Return the result; simulates the first time, in one worker of all.

        Raises UnusableInput for problems of the fleet or the baselines. An internal error is raised
        again each time, because it would happen again.
        """
        if self._error is not None:
            error, trace = self._error
            raise error.with_traceback(trace)
        if self._result is None:
            try:
                self._result = once(self._settings.shared, str(self.path), self._simulate)
            except Exception as error:
                self._error = (error, error.__traceback__)
                raise
        if self._result.problems:
            raise UnusableInput(self._result.problems)
        return self._result

    def _simulate(self) -> CheckResult:
        folder, comparator = self.baselines, None
        if folder is not None:
            comparator = Baselines(folder, read_tolerances(folder))
            unknown = comparator.unknown_scenarios(find_scenarios(self._settings.folders).files)
            if unknown:
                raise UnusableInput(unknown)
        return check_scenario(self.loaded, self._settings.jobs or cores(), comparator)
