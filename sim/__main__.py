"""The command `fleetsim`, also as `python -m sim`.

A module of its own, so that an interruption while the command line is still being imported ends
as quietly as any other.
"""

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; a request to terminate ends it like Ctrl-C: nothing half written."""
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        if hasattr(signal, "SIGHUP"):  # not on Windows
            signal.signal(signal.SIGHUP, _interrupt)
        from sim.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was written.\n")
        sys.exit(130)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
