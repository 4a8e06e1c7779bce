"""What a command that takes its time says meanwhile, on standard error."""

import sys
from typing import TYPE_CHECKING

from sim.cli.printing import say

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """Says what is going on: a moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Preparing")
            self._status.start()
        return self

    def tell(self, text: str) -> None:
        """Say what begins now."""
        if self._status is None:
            say(f"{text} ...", err=True)
            return
        from rich.markup import escape

        self._status.update(escape(text))

    def update(self, text: str) -> None:
        """Say how far it is, where that replaces what was said before: on a terminal."""
        if self._status is not None:
            from rich.markup import escape

            self._status.update(escape(text))

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()
