"""`fleetsim init` and `fleetsim schema`: a starter scenario, and the JSON Schema of scenarios."""

import os
from pathlib import Path

import click

from sim.cli.console import PATH, say


def starter() -> str:
    """Return the text of a commented starter scenario that loads without problems."""
    return Path(__file__).with_name("starter.yaml").read_text("utf-8")


@click.command()
@click.argument("folder", type=PATH, default=Path())
def init_command(folder: Path) -> None:
    """Write a starter scenario and its schema into FOLDER.

    The scenario is commented and runs as it is; editors use the schema to complete what you
    type. Existing files are never overwritten.
    """
    from sim.errors import Problem, UnusableInput
    from sim.files import write_text_whole

    texts = {folder / "schema.json": _schema_text(), folder / "scenario.yaml": starter()}
    problems = [
        Problem(f"{path} exists already", expected="name another folder; it is not touched")
        for path, text in texts.items()
        if _would_overwrite(path, text)
    ]
    if problems:
        raise UnusableInput(problems)
    for path, text in texts.items():
        write_text_whole(path, text)
    scenario = folder / "scenario.yaml"
    say(f"Wrote {scenario}. Next: fleetsim run {scenario}")


def _would_overwrite(path: Path, text: str) -> bool:
    """Return whether writing would replace anything; the same schema may be there already."""
    if path.name != "schema.json":
        return os.path.lexists(path)
    try:
        return path.read_text("utf-8") != text
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return os.path.lexists(path)


@click.command()
def schema_command() -> None:
    """Print the JSON Schema of scenario files."""
    click.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    import json

    from sim.scenario.schema import scenario_schema

    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
