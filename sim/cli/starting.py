"""`fleetsim init` and `fleetsim schema`: how a scenario begins."""

import os
from pathlib import Path

import click

from sim.cli.printing import say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a starter scenario and its schema into FOLDER.

    The scenario is commented and runs as it is; editors use the schema to complete what you
    write. Nothing that is there already is overwritten.
    """
    from sim.cli.files import write_text_whole
    from sim.errors import Problem, UnusableInput
    from sim.scenario.starter import starter

    texts = {folder / "schema.json": _schema_text(), folder / "scenario.yaml": starter()}
    problems = [
        Problem(f"{path} exists already", expected="name another folder; it is not touched")
        for path, text in texts.items()
        if _is_another(path, text)
    ]
    if problems:
        raise UnusableInput(problems)
    for path, text in texts.items():
        write_text_whole(path, text)
    scenario = folder / "scenario.yaml"
    say(f"Wrote {scenario}. Next: fleetsim run {scenario}")


def _is_another(path: Path, text: str) -> bool:
    """Whether something stands at *path* that must not be lost; the same schema may stand there."""
    if path.name != "schema.json":
        return os.path.lexists(path)
    try:
        return path.read_text("utf-8") != text
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return os.path.lexists(path)


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    click.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    import json

    from sim.scenario.schema import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
