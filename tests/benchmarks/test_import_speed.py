"""How long a large inventory takes to import. Prints, judges nothing: `pytest -m benchmark -s`."""

import resource
import time

import pytest

from sim.inventories.exporting import Export
from sim.inventories.importing import read_inventory

DEVICES = 500_000
HEADER = (
    "Name", "ResourceID", "SMSID", "SiteCode", "Domain", "ClientVersion", "IsClient",
    "IsVirtualMachine", "IsObsolete", "IsDecommissioned", "CoManaged", "ClientActiveStatus",
    "ClientCheckPass", "LastPolicyRequest", "LastDDR", "LastHardwareScan", "LastActiveTime",
    "DeviceOS", "DeviceOSBuild", "ADSiteName", "BoundaryGroups", "ATPLastConnected",
    "ATPSenseIsRunning", "ATPOnboardingState", "ATPOrgId",
    *(f"Other{number}" for number in range(40)),
)  # fmt: skip
SYSTEMS = (
    ("Workstation", "10.0.19045"), ("Workstation", "10.0.22631"), ("Workstation", "10.0.26100"),
    ("Server", "10.0.14393"), ("Server", "10.0.17763"), ("Server", "10.0.20348"),
)  # fmt: skip


def _line(number):
    kind, build = SYSTEMS[number % 7 % 6]
    moment = f"3/{number % 28 + 1}/2026 {number % 12 + 1}:{number % 60:02}:{number % 59:02} AM"
    cells = (
        f"WS-{number - (number % 100 == 1):07}", 16777217 + number, f"GUID:{number:032x}", "PS1",
        "CORP", f"5.00.9128.{number % 20}", True, number % 5 == 0, number % 90 == 0, False,
        number % 2 == 0, number % 17 > 0, 1 + (number % 40 == 0), moment, moment, moment, moment,
        f"Microsoft Windows NT {kind} 10.0", f"{build}.{number % 4000}", f"Site{number % 400}",
        f"Group{number % 300}", moment, True, number % 3 > 0, "0" * 36, *("some value",) * 40,
    )  # fmt: skip
    return ",".join(f'"{cell}"' for cell in cells) + "\r\n"


@pytest.mark.benchmark
def test_print_how_long_an_import_takes(tmp_path, capsys):
    with (tmp_path / "devices.csv").open("w", newline="") as file:
        file.write(",".join(f'"{name}"' for name in HEADER) + "\r\n")
        file.writelines(map(_line, range(DEVICES)))
    begin = time.perf_counter()
    read = read_inventory([tmp_path / "devices.csv"])
    placed = time.perf_counter()
    Export(read.table, "table", "UTC").write(tmp_path / "fleet.csv")
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = (tmp_path / "devices.csv").stat().st_size // 2**20
    with capsys.disabled():
        print(
            f"\n{read.read} rows of {size} MB: read and placed in {placed - begin:.1f} s, written"
            f" in {done - placed:.1f} s, {done - begin:.1f} s together; peak {peak} MB;"
            f" {len(read.table.rows)} devices, {len(read.left_out)} rows left out"
        )
    assert read.read == DEVICES
