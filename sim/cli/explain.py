"""`fleetsim explain` and `fleetsim rules`: what the product does, and the story of one device."""

from pathlib import Path

import click

from sim.cli.console import say, terminal_width
from sim.errors import UnknownRule

_OF_LINT = "A check of fleetsim lint; docs/lint.md lists them all."


@click.command()
@click.argument("what")
@click.argument("device", required=False)
def explain_command(what: str, device: str | None) -> None:
    """Tell the story of a DEVICE in a run folder, or explain one rule.

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
        raise UnknownRule(f"{name} is no rule; for a device write: fleetsim explain {name} DEVICE")
    if name.upper() in CHECKS:
        check = CHECKS[name.upper()]
        return [f"{check.id}  {check.title}", "", *textwrap.wrap(check.help, 88), "", _OF_LINT]
    found = rule(name.upper())
    lines = [f"{found.id}  {found.title}", "", *textwrap.wrap(found.text, 88), ""]
    lines.append(f"Basis: {found.basis}. Where: {found.section}.")
    if found.switch:
        lines.append(f"A scenario can change it under rules: {found.switch}.")
    return lines


@click.command()
def rules_command() -> None:
    """Print the table of rules: id, basis and title."""
    from sim.reference.rules import RULES

    width = max(len(entry.basis) for entry in RULES.values())
    for entry in RULES.values():
        say(f"{entry.id:<7} {entry.basis:<{width}}  {entry.title}")
