"""Small fleet tables and scenarios for the tests of this folder."""

from pathlib import Path

from sim.errors import UnusableInput
from sim.fleet.tables import read_table
from sim.runs.preparation import assumed_values, build_fleet
from sim.scenario.loader import load_text

GENERATED = "generate: {devices: 20}"
IMPORTED = "import: {file: devices.csv}"


def scenario(source=GENERATED, *lines, folder=None, start="2026-03-02 00:00", horizon="1 d"):
    """Return a scenario around a fleet source, with further lines of YAML."""
    text = "\n".join(
        (
            "format: 1",
            "name: A fleet",
            f"start: {start}",
            f"horizon: {horizon}",
            f"fleet: {{{source}}}",
            *lines,
        )
    )
    return load_text(text, "s.yaml", folder).scenario


def fleet(source=GENERATED, *lines, folder=Path(), **times):
    """Return the fleet of a scenario around *source*."""
    asked = scenario(source, *lines, **times)
    return build_fleet(asked, folder, assumed_values(asked))


def fleet_of(table, folder, *lines, **times):
    """Return the fleet that a table in CSV describes."""
    (folder / "devices.csv").write_text(table, "utf-8")
    return fleet(IMPORTED, *lines, folder=folder, **times)


def device_of(cells, folder, *lines):
    """Return the one device that a table of *cells* describes; its system is a Server 2016."""
    cells = {"name": "PC-1", "os": "server-2016", **cells}
    table = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    return fleet_of(table, folder, *lines).devices[0]


def read(content, folder, name="devices.csv"):
    """Return the table that a file with *content* (text or bytes) holds."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, name)


def complaints(content, folder, name="devices.csv"):
    """Return the printed problems of a file with *content*; an empty list when it is fine."""
    try:
        read(content, folder, name)
    except UnusableInput as error:
        return [str(problem) for problem in error.problems]
    return []
