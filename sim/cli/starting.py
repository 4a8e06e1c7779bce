"""`fleetsim init` and `fleetsim schema`: how a scenario begins."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a commented starter scenario, and its schema for editors, into FOLDER."""
    import json

    from sim.errors import Problem, UnusableInput
    from sim.scenario.schema import json_schema
    from sim.scenario.starter import starter

    scenario, schema_file = folder / "scenario.yaml", folder / "schema.json"
    if scenario.exists():
        problem = Problem(
            f"{scenario} exists already", expected="another folder; it is not touched"
        )
        raise UnusableInput([problem])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        schema_text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        schema_file.write_text(f"{schema_text}\n", "utf-8", newline="\n")
        scenario.write_text(starter(), "utf-8", newline="\n")
    except OSError as error:
        raise UnusableInput([Problem(f"{folder} cannot be written: {error.strerror}")]) from None
    click.echo(f"Wrote {scenario}. Next: fleetsim run {scenario}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    import json

    from sim.scenario.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
