"""`fleetsim fleet generate`: write a fleet without simulating it."""

from pathlib import Path

import click


@click.group()
def fleet() -> None:
    """Write fleets without simulating them."""


@fleet.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@click.option("--devices", type=click.IntRange(1, 2_000_000), help="How many devices.")
@click.option("--mix", help="enterprise-2026, enterprise-2023, servers or small-business.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all draws.")
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
    """Write a made-up fleet: the one of SCENARIO, or one described by the options."""
    from sim.errors import Problem, UnusableInput
    from sim.experiment.preparation import assumed_values
    from sim.fleet.builder import build_fleet
    from sim.fleet.writing import write_csv, write_fleet_parquet
    from sim.scenario.loader import load, load_text

    writers = {".csv": write_csv, ".parquet": write_fleet_parquet}
    if out.suffix.lower() not in writers:
        problem = Problem(
            f"{out} is neither CSV nor Parquet", expected="a name ending in .csv or .parquet"
        )
        raise UnusableInput([problem])
    given = {"fleet.generate.devices": devices, "fleet.generate.mix": mix}
    given |= {"seed": seed, "faults": faults}
    overrides = [f"{path}={value}" for path, value in given.items() if value is not None]
    if scenario is None:
        loaded = load_text(_BARE, "options", overrides=overrides)
    else:
        loaded = load(scenario, overrides)
    made = build_fleet(loaded.scenario, loaded.folder, assumed_values(loaded.scenario))
    _write(writers[out.suffix.lower()], made, out)
    click.echo(f"Wrote {len(made)} devices to {out}")


_BARE = """\
format: 1
name: a fleet
start: 2026-01-01
horizon: 1 d
fleet: {generate: {devices: 1000}}
"""


def _write(writer: object, made: object, out: Path) -> None:
    """Write beside the file and move it into place: whole or not at all."""
    from sim.errors import Problem, UnusableInput

    partial = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        writer(made, partial)  # type: ignore[operator]
        partial.replace(out)
    except OSError as error:
        raise UnusableInput([Problem(f"{out} cannot be written: {error.strerror}")]) from None
    finally:
        partial.unlink(missing_ok=True)
