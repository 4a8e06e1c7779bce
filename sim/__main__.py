"""The command `fleetsim`, also as `python -m sim`.

A module of its own, so that Ctrl-C while the command line is still being imported prints no error.
"""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; a request to terminate ends it like Ctrl-C: no half-written file."""
    try:
        _open_closed_streams()
        signal.signal(signal.SIGTERM, _interrupt)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, _interrupt)  # not on Windows, nor below nohup
        from sim.cli import run_command_line as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was written.\n")
        sys.exit(130)


def _open_closed_streams() -> None:
    """Redirect closed standard streams (`2>&-`) to the null device.

    Otherwise the next file that is opened takes the number of such a stream, and receives what
    processes and libraries write to it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
