"""`fleetsim explain` and `fleetsim rules`: a device's story, rules, causes and checks of lint."""

from pathlib import Path

import click

from sim.cli.console import FileName, say, terminal_width
from sim.errors import UnknownRule

_LINT_CHECK = "A check of fleetsim lint; docs/lint.md lists them all."


@click.command()
@click.argument("what", type=FileName())
@click.argument("device", required=False)
def explain_command(what: str, device: str | None) -> None:
    """Print the story of a device, or explain a rule or a cause.

    WHAT is a run folder if a DEVICE follows, else the id of a rule, a cause of the results, or the
    id of a check of lint.

    \b
    fleetsim explain results/pilot-7 WS-000017
    fleetsim explain MMA-2
    fleetsim explain workspace_missing
    """
    if device is not None:
        from sim.run_folder.story import story

        lines = story(Path(what), device, terminal_width())
    else:
        lines = _lines_about(what.strip())
    for line in lines:
        say(line)


def _lines_about(name: str) -> list[str]:
    """Return what there is to say about a rule, a check of lint or a cause, whatever its case."""
    import textwrap

    from sim.errors import nearest
    from sim.lint.catalogue import CHECKS
    from sim.reference.causes import CAUSE_TABLE
    from sim.reference.rules import RULES, rule

    if Path(name).exists():
        raise UnknownRule(
            f"{name} is not a rule; for a device write: fleetsim explain {name} DEVICE"
        )
    if name.upper() in CHECKS:
        check = CHECKS[name.upper()]
        return [f"{check.id}  {check.title}", "", *textwrap.wrap(check.help, 88), "", _LINT_CHECK]
    if name.lower() in CAUSE_TABLE:
        return _cause_lines(name.lower())
    near = nearest(name, [*RULES, *CHECKS, *CAUSE_TABLE])
    if near not in RULES and near != "" and name.upper() not in RULES:
        raise UnknownRule(f'no rule, cause or check "{name}"; did you mean "{near}"?')
    entry = rule(name)
    lines = [f"{entry.id}  {entry.title}", "", *textwrap.wrap(entry.text, 88), ""]
    lines.append(f"Basis: {entry.basis}. Where: {entry.section}.")
    if entry.switch:
        lines.append(f"A scenario can change it under rules: {entry.switch}.")
    return lines


def _cause_lines(name: str) -> list[str]:
    import textwrap

    from sim.reference.causes import CAUSE_TABLE
    from sim.reference.rules import RULES

    cause = CAUSE_TABLE[name]
    lines = [f"{name}  {cause.title}", "", *textwrap.wrap(f"What to do: {cause.remedy}", 88)]
    if cause.if_it_lasts:
        lines += textwrap.wrap(f"If it lasts: {cause.if_it_lasts}", 88)
    if cause.look_at:
        lines += textwrap.wrap(f"Look at: {cause.look_at}, on the device.", 88)
    return [*lines, "", f"A cause by rule {cause.rule}: {RULES[cause.rule].title}."]


@click.command()
def rules_command() -> None:
    """Print the table of rules: id, basis and title."""
    from sim.reference.rules import RULES

    width = max(len(entry.basis) for entry in RULES.values())
    for entry in RULES.values():
        say(f"{entry.id:<7} {entry.basis:<{width}}  {entry.title}")
