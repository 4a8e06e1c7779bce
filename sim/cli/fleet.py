"""`fleetsim fleet generate` and `import`: write generated and real fleets, without simulating."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import PATH, printable_line, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sim.errors import Problem
    from sim.inventories.account import Inventory
    from sim.inventories.exporting import Export
    from sim.scenario.loader import Loaded


FORMATS = ("table", "cmdevice", "sql", "adminservice", "portal")
"""The formats of `sim.inventories.exporting`, which is slow to import."""
_OUT = click.option(
    "--out",
    type=PATH,
    required=True,
    help="A file ending in .csv or .parquet; .json for adminservice, a folder for sql.",
)
_AS = click.option(
    "--as",
    "format",
    type=click.Choice(FORMATS),
    default="table",
    help="Write an export of the site or the portal instead of a fleet table.",
)


@click.group()
def fleet_group() -> None:
    """Write fleets without simulating them."""


@fleet_group.command()
@click.argument("scenario", type=PATH, required=False)
@click.option("--devices", type=click.IntRange(1, 2_000_000), help="How many devices.")
@click.option("--mix", help="enterprise-2026, enterprise-2023, servers or small-business.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of all draws.")
@click.option(
    "--faults", type=click.Choice(["drawn", "none"]), help="Whether drawn traits can be faulty."
)
@_OUT
@_AS
def generate_command(
    scenario: Path | None,
    devices: int | None,
    mix: str | None,
    seed: int | None,
    faults: str | None,
    out: Path,
    format: str,
) -> None:
    """Generate a fleet without simulating it.

    It is the fleet of SCENARIO, or one that the options describe.

    \b
    fleetsim fleet generate --devices 5000 --mix servers --out servers.csv
    fleetsim fleet generate scenario.yaml --out fleet.parquet
    """
    from sim.errors import UnusableInput
    from sim.fleet.tables import table_of
    from sim.inventories.exporting import Export, check_name, out_problems
    from sim.runs.preparation import assumed_values, build_fleet

    check_name(format, out)
    options = {"devices": devices, "mix": mix, "seed": seed, "faults": faults}
    loaded = _load(scenario, {key: value for key, value in options.items() if value is not None})
    if problems := list(out_problems(format, out, loaded.files if scenario else ())):
        raise UnusableInput(problems)
    fleet = build_fleet(loaded.scenario, loaded.folder, assumed_values(loaded.scenario))
    _write(Export(table_of(fleet), format, loaded.scenario.site.time_zone), out)


@fleet_group.command(name="import")
@click.argument("files", type=PATH, nargs=-1, required=True, metavar="FILE...")
@_OUT
@_AS
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Move last contacts by whole days, so that the newest is on the day before DATE.",
)
@click.option(
    "--time-zone",
    default="UTC",
    metavar="NAME",
    help="The time zone of the site, for times that exports write in UTC.",
)
@click.option(
    "--report",
    type=PATH,
    help="A CSV that lists every row left out, and why.",
)
def import_command(
    files: tuple[Path, ...],
    out: Path,
    format: str,
    start: "datetime | None",
    time_zone: str,
    report: Path | None,
) -> None:
    """Write the fleet that real inventories describe.

    Each FILE is an export of the site or the portal, or a fleet table.

    \b
    fleetsim fleet import Get-CMDevice.csv --out fleet.csv
    fleetsim fleet import v_R_System.csv v_GS_OPERATING_SYSTEM.csv --out fleet.csv
    """
    from sim.errors import UnusableInput
    from sim.files import write_whole
    from sim.inventories.account import write_report
    from sim.inventories.exporting import Export, check_name
    from sim.inventories.importing import moved_to, read_inventory, refuse_empty

    check_name(format, out)
    _check_time_zone(time_zone)
    if problems := list(_wrong_places(files, format, out, report)):
        raise UnusableInput(problems)
    inventory = read_inventory(files, time_zone)
    if report is not None:
        write_whole(report, lambda place: write_report(inventory.left_out, place))
    refuse_empty(inventory)
    days = 0
    if start is not None:
        inventory, days = moved_to(inventory, start.date())
    _print_account(inventory, days, report)
    _write(Export(inventory.table, format, time_zone), out)


def _wrong_places(
    files: "Sequence[Path]", format: str, out: Path, report: Path | None
) -> "Iterator[Problem]":
    """Yield why the files of an import must not be written where the options say."""
    from sim.errors import Problem
    from sim.files import overwriting_problems
    from sim.inventories.account import is_report
    from sim.inventories.exporting import out_problems
    from sim.inventories.importing import inventory_files

    read = inventory_files(files)
    yield from out_problems(format, out, read)
    if report is not None:
        kind = "list of rows left out"
        yield from overwriting_problems(
            report, kind, is_report, "--report", example="left-out.csv", read=read
        )
        place = report.resolve()
        if out.resolve() in (place, *place.parents):
            what = f"{report} would be lost: {out} is written after it"
            yield Problem(what, "--report", "another file such as left-out.csv")


def _check_time_zone(name: str) -> None:
    from sim.errors import Problem, UnusableInput, nearest
    from sim.scenario.calendar import time_zone_names

    names = time_zone_names()
    if name not in names:
        what = "it is not a time zone of the tzdata package"
        expected, similar = "a name such as Europe/London", nearest(name, names)
        raise UnusableInput([Problem(what, "", expected, similar, file="--time-zone")])


def _print_account(inventory: "Inventory", days: int, report: Path | None) -> None:
    from sim.fleet.tables import MAX_PROBLEMS

    for line in inventory.summary():
        say(line)
    if days:
        moment = inventory.as_of
        say(f"Last contacts moved by {days} days; the newest moment was {moment}.")
    rows = inventory.listed()
    for row in rows[:MAX_PROBLEMS]:
        say(printable_line(f"Left out: {row.problem()}"), err=True)
    if len(rows) > MAX_PROBLEMS:
        where = report or "--report FILE"
        say(f"Left out: and {len(rows) - MAX_PROBLEMS} more; {where} lists all", err=True)
    for remark in (*inventory.remarks, *inventory.unused):
        say(printable_line(f"Note: {remark}"), err=True)


def _write(export: "Export", out: Path) -> None:
    from sim.inventories.exporting import write_out

    write_out(export, out)
    count = len(export.table.rows)
    say(f"Wrote {count:,} device{'s' if count > 1 else ''} to {out}")


_PLACES = {
    "devices": "fleet.generate.devices",
    "mix": "fleet.generate.mix",
    "seed": "seed",
    "faults": "faults",
}
"""The path of each option in a scenario."""

_MINIMAL = """\
format: 1
name: a fleet
start: 2026-01-01
horizon: 1 d
fleet: {generate: {devices: 1000}}
"""


def _load(scenario: Path | None, values: dict[str, str | int]) -> "Loaded":
    """Return the scenario with the values of the options; its problems name the options."""
    from dataclasses import replace

    from sim.errors import UnusableInput
    from sim.runs.loading import load_text_with_fleet, load_with_fleet

    overrides = [f"{_PLACES[option]}={value}" for option, value in values.items()]
    option_of = {_PLACES[option]: option for option in values}
    try:
        if scenario is None:
            return load_text_with_fleet(_MINIMAL, "options", overrides=overrides)
        return load_with_fleet(scenario, overrides)
    except UnusableInput as error:
        raise UnusableInput(
            replace(problem, file=f"--{option_of[problem.path]}", path="", line=0)
            if problem.file == "--set" and problem.path in option_of
            else problem
            for problem in error.problems
        ) from None
