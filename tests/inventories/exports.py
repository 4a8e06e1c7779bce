"""Small exports of the site and the portal for the tests of inventories."""

import json

from sim.errors import UnusableInput
from sim.inventories.importing import read_inventory, refuse_empty

WORKSTATION = "Microsoft Windows NT Workstation 10.0"
SERVER = "Microsoft Windows NT Server 10.0"
DEVICE = {"Name": "PC-1", "ResourceID": "1", "DeviceOS": WORKSTATION, "DeviceOSBuild": "10.0.19045"}
"""One device as Get-CMDevice says it."""
PORTAL = {"Device Name": "pc-1", "OS Platform": "Windows10", "OS Build": "19045"}
"""One device as the portal says it."""


def csv_of(*rows, separator=","):
    """Return an export with these rows; its columns are those of all of them."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    cells = (['"' + cell.replace('"', '""') + '"' for cell in line] for line in lines)
    return "".join(separator.join(line) + "\r\n" for line in cells)


def devices(*changes, **cells):
    """Return an export of devices PC-1, PC-2 ..., one for each of *changes*, all with *cells*."""
    numbered = enumerate(changes or ({},), start=1)
    return csv_of(
        *(
            DEVICE | {"Name": f"PC-{n}", "ResourceID": str(n)} | cells | change
            for n, change in numbered
        )
    )


def inventory(folder, *contents, time_zone="UTC", **named):
    """Return the inventory of files with these contents (text, bytes or a JSON value)."""
    files = {f"{n}.csv": content for n, content in enumerate(contents, start=1)}
    files |= {name.replace("_csv", ".csv"): content for name, content in named.items()}
    paths = []
    for name, content in files.items():
        path = folder / name
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return read_inventory(paths, time_zone)


def rows(folder, *contents, **options):
    """Return the traits of all devices, by name."""
    read = inventory(folder, *contents, **options)
    return {row["name"]: row for row in read.table.rows}


def row(folder, *contents, **options):
    """Return the traits of the only device."""
    (only,) = rows(folder, *contents, **options).values()
    return only


def traits(folder, *wanted, **cells):
    """Return the wanted traits of one device that Get-CMDevice says with these cells."""
    read = row(folder, devices(**cells))
    found = tuple(read.get(name) for name in wanted)
    return found[0] if len(found) == 1 else found


def left_out(read):
    """Return the line and reason of every row that was left out, in order of file and line."""
    found = sorted(read.left_out, key=lambda one: (one.file, one.line))
    return [(one.line, one.text) for one in found]


def refusal(folder, *contents, **options):
    """Return the printed problems of files that cannot be used, their folder cut off."""
    try:
        refuse_empty(inventory(folder, *contents, **options))
    except UnusableInput as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []
