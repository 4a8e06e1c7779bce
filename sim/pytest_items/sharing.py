"""One simulation for all workers of a run: the first simulates, the others read what it found.

A worker holds a lock of the operating system while it simulates. It is released whatever becomes of
the worker, so whoever waits goes on by itself when another one dies. What was found is JSON in a
folder that belongs to this run of pytest alone.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.analysis.expectations import Judged
from sim.errors import Problem
from sim.experiment.checked import AgainstBaseline, Checked

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


def once(folder: Path | None, name: str, work: Callable[[], Checked]) -> Checked:
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
            _write(place, found)
        return found


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Wait until nobody else has the lock; a file system without locks lets everybody in."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            _lock(stack.enter_context(lock.open("wb")).fileno())
        yield


def _write(place: Path, found: Checked) -> None:
    half = place.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        half.write_text(json.dumps(asdict(found)), "utf-8")
        half.replace(place)


def _read(place: Path) -> Checked | None:
    try:
        return _checked(json.loads(place.read_text("utf-8")))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _checked(found: dict[str, Any]) -> Checked:
    against = found.pop("baseline")
    return Checked(
        file=found.pop("file"),
        name=found.pop("name"),
        judged=tuple(_judged(one) for one in found.pop("judged")),
        problems=tuple(Problem(**one) for one in found.pop("problems")),
        lines=tuple(found.pop("lines")),
        notes=tuple(found.pop("notes")),
        doubts=tuple(found.pop("doubts")),
        baseline=against and AgainstBaseline(**{**against, "told": tuple(against["told"])}),
        **found,
    )


def _judged(found: dict[str, Any]) -> Judged:
    interval = found.pop("interval")
    return Judged(**found, interval=None if interval is None else (interval[0], interval[1]))
