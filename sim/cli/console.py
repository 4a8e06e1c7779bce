"""The exit codes of the contract, in one place.

What commands print for people: no line of it is a command to whoever reads along.

Printing JSON so that it is the same JSON whatever the console's or the pipe's encoding is.

What a command that takes its time says meanwhile, on standard error.
"""

import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.status import Status


PASSED = 0
FAILED = 1
UNUSABLE = 2
REGRESSION = 3
INCONCLUSIVE = 4
NO_BASELINE = 5
INTERNAL = 70
INTERRUPTED = 130


_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)


def say(text: str, err: bool = False) -> None:
    """Print lines; GitHub takes one that begins with `::`, blanks before it or not, for a command.

    >>> say("  ::error::said by a scenario")
      : :error::said by a scenario
    """
    click.echo(_COMMAND.sub(r"\1: :", text), err=err)


def echo_json(document: dict[str, Any]) -> None:
    """Print a document as JSON; letters that standard output cannot encode are escaped."""
    click.echo(json_text(document))


def json_text(document: dict[str, Any]) -> str:
    """Return a document as JSON, in letters that standard output can encode."""
    import json

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    plain = encoding != "utf8"
    return json.dumps(document, indent=2, ensure_ascii=plain, allow_nan=False)


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


def terminal_width() -> int:
    """Return the width for lines on the terminal, from 80 to 160; 0 if output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    return min(max(shutil.get_terminal_size((80, 24)).columns, 80), 160)
