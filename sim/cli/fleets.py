"""`fleetsim fleet generate`: write a fleet without simulating it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.scenario.loader import Loaded


@click.group()
def fleet() -> None:
    """Write fleets without simulating them."""


@fleet.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@click.option("--devices", type=click.IntRange(1, 2_000_000), help="How many devices.")
@click.option("--mix", help="enterprise-2026, enterprise-2023, servers or small-business.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of all draws.")
@click.option("--faults", type=click.Choice(["drawn", "none"]), help="Draw faulty traits, or none.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="A file ending in .csv or .parquet.",
)
def generate(
    scenario: Path | None,
    devices: int | None,
    mix: str | None,
    seed: int | None,
    faults: str | None,
    out: Path,
) -> None:
    """Write a fleet without simulating it: that of SCENARIO, or one that the options describe.

    \b
    fleetsim fleet generate --devices 5000 --mix servers --out servers.csv
    fleetsim fleet generate scenario.yaml --out fleet.parquet
    """
    from sim.cli.files import write_whole
    from sim.errors import Problem, UnusableInput
    from sim.experiment.preparation import assumed_values
    from sim.fleet.builder import build_fleet
    from sim.fleet.writing import write_csv, write_fleet_parquet

    writers = {".csv": write_csv, ".parquet": write_fleet_parquet}
    write = writers.get(out.suffix.lower())
    if write is None:
        expected = "a name ending in .csv or .parquet"
        raise UnusableInput([Problem(f"{out} is neither CSV nor Parquet", expected=expected)])
    given = {"devices": devices, "mix": mix, "seed": seed, "faults": faults}
    loaded = _loaded(scenario, {key: value for key, value in given.items() if value is not None})
    made = build_fleet(loaded.scenario, loaded.folder, assumed_values(loaded.scenario))
    write_whole(out, lambda place: write(made, place))
    click.echo(f"Wrote {len(made)} device{'s' if len(made) > 1 else ''} to {out}")


_PLACES = {
    "devices": "fleet.generate.devices",
    "mix": "fleet.generate.mix",
    "seed": "seed",
    "faults": "faults",
}
"""Where each option stands in a scenario."""

_BARE = """\
format: 1
name: a fleet
start: 2026-01-01
horizon: 1 d
fleet: {generate: {devices: 1000}}
"""


def _loaded(scenario: Path | None, given: dict[str, str | int]) -> "Loaded":
    """Return the scenario, changed by the options; its problems name the options."""
    from dataclasses import replace

    from sim.errors import UnusableInput
    from sim.scenario.loader import load, load_text

    overrides = [f"{_PLACES[option]}={value}" for option, value in given.items()]
    options = {_PLACES[option]: option for option in given}
    try:
        if scenario is None:
            return load_text(_BARE, "options", overrides=overrides)
        return load(scenario, overrides)
    except UnusableInput as error:
        raise UnusableInput(
            replace(problem, file=f"--{options[problem.path]}", path="", line=0)
            if problem.file == "--set" and problem.path in options
            else problem
            for problem in error.problems
        ) from None
