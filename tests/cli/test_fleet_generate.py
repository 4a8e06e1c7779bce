"""`fleetsim fleet generate` writes a fleet without simulating it."""

import pandas as pd
import pytest

from sim.reference.traits import TRAITS
from tests.cli.commands import SCENARIO, changed, contents, process, write


def generate(command, folder, *options, out="f.csv"):
    ended = command("fleet", "generate", *options, "--out", out, folder=folder)
    assert (ended.code, ended.err) == (0, ""), ended.err
    return ended.out


def test_a_fleet_is_written_in_either_form_with_the_same_cells(command, tmp_path):
    options = ("--devices", 40, "--mix", "servers", "--seed", 3)
    assert generate(command, tmp_path, *options) == "Wrote 40 devices to f.csv\n"
    generate(command, tmp_path, *options, out="f.PARQUET")

    csv = pd.read_csv(tmp_path / "f.csv", dtype=str, keep_default_na=False)
    parquet = pd.read_parquet(tmp_path / "f.PARQUET")
    assert list(csv.columns) == [*TRAITS, "owner", "unit", "patch_cohort"] == list(parquet.columns)
    assert csv.values.tolist() == parquet.astype(str).values.tolist()
    assert len(csv) == 40
    assert csv["os"].str.startswith("server-").all()


def test_without_options_a_thousand_devices_are_written(command, tmp_path):
    assert generate(command, tmp_path, out="deep/er/f.csv") == (
        "Wrote 1,000 devices to deep/er/f.csv\n"
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes_in_another_process(form, command, tmp_path):
    for seed in (1, 2):
        generate(command, tmp_path, "--devices", 60, "--seed", seed, out=f"{seed}.{form}")
    other = process(
        *("fleet", "generate", "--devices", 60, "--seed", 1, "--out", f"again.{form}"),
        folder=tmp_path,
        PYTHONHASHSEED="5",
    )

    files = contents(tmp_path)
    assert other.code == 0
    assert files[f"again.{form}"] == files[f"1.{form}"] != files[f"2.{form}"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_written_fleet_is_the_fleet_that_a_run_would_make(form, command, tmp_path):
    """Written from the scenario and imported, it gives the very same events."""
    generate(command, tmp_path, write(tmp_path), out=f"f.{form}")
    imported = changed(
        ("generate: {devices: 30, mix: servers}", f"import: {{file: f.{form}}}"),
    )
    write(tmp_path, imported, "imported.yaml")
    for scenario, out in (("s.yaml", "made"), ("imported.yaml", "read")):
        assert command("run", scenario, "--out", out, folder=tmp_path).code == 0

    for file in ("fleet.parquet", "events.parquet", "devices.csv"):
        assert (tmp_path / "made" / file).read_bytes() == (tmp_path / "read" / file).read_bytes()


def test_options_change_the_fleet_of_a_scenario(command, tmp_path):
    path = write(tmp_path)
    generate(command, tmp_path, path, "--devices", 12, "--faults", "none", "--seed", 9)

    table = pd.read_csv(tmp_path / "f.csv")
    assert len(table) == 12
    assert set(table["client"]) == {"active"}
    assert path.read_text("utf-8") == SCENARIO


def test_an_imported_fleet_is_written_with_every_trait_filled_in(command, tmp_path):
    (tmp_path / "d.csv").write_text("name,os,team\nA,server-2016,x\n")
    path = write(
        tmp_path, changed(("generate: {devices: 30, mix: servers}", "import: {file: d.csv}"))
    )
    assert generate(command, tmp_path, path) == "Wrote 1 device to f.csv\n"

    table = pd.read_csv(tmp_path / "f.csv")
    assert list(table.columns) == [*TRAITS, "team"]
    assert table["client_version"].notna().all()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ("--out", "f.xlsx"),
            "f.xlsx is neither CSV nor Parquet; a name ending in .csv or .parquet",
        ),
        (("--out", "f"), "f is neither CSV nor Parquet; a name ending in .csv or .parquet"),
        (
            ("--mix", "server", "--out", "f.csv"),
            '--mix: unknown mix "server"; one of enterprise-2026, enterprise-2023, servers, '
            'small-business; did you mean "servers"?',
        ),
        (
            ("--out", "s.yaml/f.csv"),
            "--out: s.yaml/f.csv cannot be written: s.yaml is a file; "
            "a file in a folder that can be written, on a disk with room",
        ),
        (("none.yaml", "--out", "f.csv"), "none.yaml: there is no such file"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(
    options, expected, command, tmp_path
):
    write(tmp_path)
    before = contents(tmp_path)

    ended = command("fleet", "generate", *options, folder=tmp_path)

    assert (ended.code, ended.out, ended.problems) == (2, "", [expected])
    assert contents(tmp_path) == before


def test_an_earlier_file_is_replaced_whole(command, tmp_path):
    generate(command, tmp_path, "--devices", 1_000)
    generate(command, tmp_path, "--devices", 1)

    assert len((tmp_path / "f.csv").read_text("utf-8").splitlines()) == 2
    assert list(contents(tmp_path)) == ["f.csv"]
