"""Standard streams that outlive their readers: what is printed is discarded, and work goes on.

`fleetsim check plans | head -1` must end with the exit code of the check, and a run must write its
results even if nobody reads its messages.
"""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


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
    """Say whether standard output and standard error go to the same place, as on a terminal."""
    try:
        out, err = (os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr))
        is_console = sys.stdout.isatty() and sys.stderr.isatty()
    except (OSError, ValueError, AttributeError):
        return False
    return is_console or (bool(out.st_ino) and (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino))
