"""`fleetsim explain` and `fleetsim rules`: the story of one device, and the product's rules."""

from pathlib import Path

import click

from sim.cli.console import FileName, say, terminal_width
from sim.errors import UnknownRule

_LINT_CHECK = "A check of fleetsim lint; docs/lint.md lists them all."


@click.command()
@click.argument("what", type=FileName())
@click.argument("device", required=False)
def explain_command(what: str, device: str | None) -> None:
    """Print the story of a device, or explain a rule.

    WHAT is a run folder if a DEVICE follows, else the id of a rule.

    \b
    fleetsim explain results/pilot-7 WS-000017
    fleetsim explain MMA-2
    """
    if device is not None:
        from sim.run_folder.story import story

        lines = story(Path(what), device, terminal_width())
    else:
        lines = _rule_lines(what)
    for line in lines:
        say(line)


def _rule_lines(name: str) -> list[str]:
    import textwrap

    from sim.lint.catalogue import CHECKS
    from sim.reference.rules import rule

    if Path(name).exists():
        raise UnknownRule(
            f"{name} is not a rule; for a device write: fleetsim explain {name} DEVICE"
        )
    if name.upper() in CHECKS:
        check = CHECKS[name.upper()]
        return [f"{check.id}  {check.title}", "", *textwrap.wrap(check.help, 88), "", _LINT_CHECK]
    entry = rule(name.upper())
    lines = [f"{entry.id}  {entry.title}", "", *textwrap.wrap(entry.text, 88), ""]
    lines.append(f"Basis: {entry.basis}. Where: {entry.section}.")
    if entry.switch:
        lines.append(f"A scenario can change it under rules: {entry.switch}.")
    return lines


@click.command()
def rules_command() -> None:
    """Print the table of rules: id, basis and title."""
    from sim.reference.rules import RULES

    width = max(len(entry.basis) for entry in RULES.values())
    for entry in RULES.values():
        say(f"{entry.id:<7} {entry.basis:<{width}}  {entry.title}")
