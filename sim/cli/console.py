"""What all commands share: exit codes, options, and printing for people and for programs.

Output whose reader has gone is discarded, and work continues: `fleetsim check plans | head -1`
must end with the exit code of the check, and a run must write its results even if nobody reads its
messages.
"""

import errno
import io
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.status import Status


PASSED = 0
FAILED = 1
UNUSABLE = 2
REGRESSION = 3
INCONCLUSIVE = 4
NO_BASELINE = 5
INTERNAL = 70
INTERRUPTED = 130


class FileName(click.Path):
    """The name of a file or folder, as every command takes it; an empty one is refused.

    Python would read it as the current folder.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name as a path, or fail in one sentence."""
        if not os.fspath(value):
            raise click.BadParameter("the name is empty", ctx, param)
        return super().convert(value, param, ctx)


PATH = FileName(path_type=Path)
PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
JOBS = click.option(
    "--jobs", type=click.IntRange(min=1), help="Parallel processes; default: one per core."
)

_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)


def say(text: str, err: bool = False) -> None:
    """Print lines for people; none of them is a command to GitHub, which begins with `::`.

    >>> say("  ::error::said by a scenario")
      : :error::said by a scenario
    """
    click.echo(_COMMAND.sub(r"\1: :", text), err=err)


def note(text: str) -> None:
    """Print a note on standard error, without what would steer a terminal or a build server."""
    from sim.text.numbers import printable

    say(printable(f"Note: {text}"), err=True)


def printable_line(text: object) -> str:
    """Return a text on one line, without control characters that would steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))


def echo_json(document: dict[str, Any]) -> None:
    """Print a document as JSON; letters that standard output cannot encode are escaped."""
    click.echo(json_text(document))


def json_text(document: dict[str, Any]) -> str:
    """Return a document as JSON, in letters that standard output can encode."""
    import json

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return json.dumps(document, indent=2, ensure_ascii=encoding != "utf8", allow_nan=False)


@contextmanager
def naming_option(option: str) -> Iterator[None]:
    """Name the option behind problems that have no other place: where results are written."""
    from sim.errors import UnusableInput

    try:
        yield
    except UnusableInput as error:
        problems = [
            problem if problem.file or problem.path else replace(problem, path=option)
            for problem in error.problems
        ]
    else:
        return
    raise UnusableInput(problems)


class Progress:
    """Shows what a command is doing on standard error: a moving line on a terminal, else lines."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Preparing")
            self._status.start()
        return self

    def begin(self, text: str) -> None:
        """Show what begins now."""
        if self._status is None:
            say(f"{text} ...", err=True)
        else:
            self.update(text)

    def update(self, text: str) -> None:
        """Show how far it is, on a terminal only: there the text replaces the one before."""
        if self._status is not None:
            from rich.markup import escape

            self._status.update(escape(text))

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()


def terminal_width() -> int:
    """Return the width for lines on the terminal, from 80 to 160; 0 if output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    return min(max(shutil.get_terminal_size((80, 24)).columns, 80), 160)


_GONE = (errno.EPIPE, errno.EINVAL, errno.ESHUTDOWN)
"""The errors of writing to a pipe without a reader; EINVAL on Windows."""


class _Outlet(io.RawIOBase):
    """Writes to a file descriptor as long as somebody reads it.

    Messages, which are not needed, are also discarded if the disk is full.
    """

    def __init__(self, number: int, is_needed: bool) -> None:
        self._number = number
        self._is_needed = is_needed
        self._is_gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def write(self, data: "ReadableBuffer") -> int:
        size = memoryview(data).nbytes
        if self._is_gone:
            return size
        try:
            return os.write(self._number, data)
        except OSError as error:
            if self._is_needed and error.errno not in _GONE:
                raise
            self._is_gone = True
            return size


def go_on_without_readers() -> None:
    """Replace standard output and standard error by streams that outlive their readers.

    Terminals stay as they are.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            number = _descriptor(stream)
            if number is not None:
                setattr(sys, name, _lenient(stream, number, name == "stdout"))


def _descriptor(stream: io.TextIOWrapper) -> int | None:
    """Return the file descriptor of a stream; None for one in memory."""
    try:
        return stream.fileno()
    except OSError:
        return None


def _lenient(stream: io.TextIOWrapper, number: int, is_needed: bool) -> io.TextIOWrapper:
    """Return such a stream; if the original is unbuffered, it is written at each end of line."""
    stream.flush()
    at_once = stream.line_buffering or stream.write_through
    outlet = io.BufferedWriter(_Outlet(number, is_needed))
    return io.TextIOWrapper(outlet, stream.encoding, "replace", line_buffering=at_once)


def shown_together() -> bool:
    """Return whether standard output and standard error go to the same place, as on a terminal."""
    try:
        out, err = (os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr))
        is_console = sys.stdout.isatty() and sys.stderr.isatty()
    except (OSError, ValueError, AttributeError):
        return False
    return is_console or (bool(out.st_ino) and (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino))
