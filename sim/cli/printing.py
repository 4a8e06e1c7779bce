"""What commands print for people: no line of it is a command to whoever reads along."""

import re

import click

_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)


def say(text: str, err: bool = False) -> None:
    """Print lines; GitHub takes one that begins with `::`, blanks before it or not, for a command.

    >>> say("  ::error::said by a scenario")
      : :error::said by a scenario
    """
    click.echo(_COMMAND.sub(r"\1: :", text), err=err)
