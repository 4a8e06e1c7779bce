"""`fleetsim init` and `fleetsim schema`, `--help`, `--version` and what is not understood."""

import json

import jsonschema
import pytest

from sim.cli.init import starter
from sim.version import __version__
from tests.cli.commands import RUN_FOLDER, contents, entries, process


def test_init_writes_a_scenario_that_runs_and_its_schema(command, tmp_path):
    ended = command("init", "my/plans", folder=tmp_path)
    text = "Wrote my/plans/scenario.yaml. Next: fleetsim run my/plans/scenario.yaml\n"

    assert (ended.code, ended.out, ended.err) == (0, text, "")
    assert entries(tmp_path / "my" / "plans") == {"scenario.yaml", "schema.json"}
    assert command("run", "my/plans/scenario.yaml", folder=tmp_path).code == 0
    assert set(contents(tmp_path / "results" / "scenario-1")) == RUN_FOLDER


def test_init_writes_where_one_stands_unless_options_say_otherwise(command, tmp_path):
    assert command("init", folder=tmp_path).code == 0
    assert (tmp_path / "scenario.yaml").read_text("utf-8") == starter()


@pytest.mark.parametrize("taken", ["scenario.yaml", "schema.json"])
def test_init_overwrites_nothing(taken, command, tmp_path):
    (tmp_path / taken).write_text("mine")

    ended = command("init", folder=tmp_path)

    assert ended.problems == [f"{taken} exists already; name another folder; it is not touched"]
    assert ended.code == 2
    assert contents(tmp_path) == {taken: b"mine"}


def test_init_leaves_its_own_schema_and_shows_all_that_is_in_the_way(command, tmp_path):
    command("init", folder=tmp_path)
    (tmp_path / "scenario.yaml").unlink()
    assert command("init", folder=tmp_path).code == 0

    (tmp_path / "schema.json").write_text("{}")
    assert len(command("init", folder=tmp_path).problems) == 2


def test_init_below_a_file_is_refused(command, tmp_path):
    (tmp_path / "file").write_text("")

    ended = command("init", "file", folder=tmp_path)

    assert (ended.code, ended.problems) == (
        2,
        [
            "file/schema.json cannot be written: file is a file; "
            "a file in a folder that can be written, on a disk with room"
        ],
    )


def test_the_printed_schema_is_a_json_schema_and_the_one_that_init_writes(command, tmp_path):
    printed = command("schema", folder=tmp_path).out
    command("init", folder=tmp_path)

    jsonschema.Draft202012Validator.check_schema(json.loads(printed))
    assert (tmp_path / "schema.json").read_text("utf-8") == printed


def test_the_version_is_reported(command, tmp_path):
    assert command("--version", folder=tmp_path).out == f"fleetsim, version {__version__}\n"


COMMANDS = ((), ("run",), ("init",), ("explain",), ("rules",), ("schema",), ("fleet",))


@pytest.mark.parametrize("words", [*COMMANDS, ("fleet", "generate")])
def test_every_command_has_help(words, command, tmp_path):
    long, short = (command(*words, flag, folder=tmp_path) for flag in ("--help", "-h"))

    assert (long.code, long.err) == (0, "")
    assert long.out == short.out
    assert long.out.startswith(f"Usage: {' '.join(('fleetsim', *words))} ")


def test_help_lists_every_command_and_the_exit_codes(command, tmp_path):
    out = " ".join(command("--help", folder=tmp_path).out.split())

    for name in ("run", "init", "explain", "rules", "schema", "fleet"):
        assert f" {name} " in out
    for told in ("0 done", "2 scenario or options unusable", "130 interrupted"):
        assert told in out
    meanings = {0: "done", 1: "an expectation failed", 2: "scenario or options unusable"}
    meanings |= {3: "regression", 4: "inconclusive", 5: "no baseline", 70: "internal error"}
    for code, meaning in (meanings | {130: "interrupted"}).items():
        assert f" {code} {meaning}" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rn",), "No such command 'rn'"),
        (("run", "--sed", "1", "s.yaml"), "No such option '--sed'"),
        (("run",), "Missing argument 'SCENARIO'"),
        (("run", "s.yaml", "--seed", "x"), "'x' is not a valid integer range"),
        (("run", "s.yaml", "--seed", "-1"), "-1 is not in the range"),
        (("run", "s.yaml", "--seed", "9223372036854775808"), "is not in the range"),
        (("run", "s.yaml", "--replication", "0"), "0 is not in the range"),
        (("run", "s.yaml", "--jobs", "0"), "0 is not in the range"),
        (("run", "a.yaml", "b.yaml"), "Got unexpected extra argument"),
        (("run", "a.yaml", "--set"), "Option '--set' requires an argument"),
        (("run", "a.yaml", "b\n::error::c"), "Got unexpected extra argument (b ::error::c)"),
        (("fleet", "make"), "No such command 'make'"),
        (("fleet", "generate"), "Missing option '--out'"),
        (("fleet", "generate", "--devices", "0", "--out", "f.csv"), "0 is not in the range"),
    ],
)
def test_what_is_not_understood_ends_with_two_and_says_so(words, told, command, tmp_path):
    ended = command(*words, folder=tmp_path)

    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.problems
    assert told in line
    assert line.endswith(f"; see {line.rpartition('; see ')[2].removesuffix(' --help')} --help")


def test_a_process_ends_with_the_same_codes(tmp_path):
    assert process("--version", folder=tmp_path).code == 0
    assert process("rn", folder=tmp_path).code == 2
    assert process("run", "none.yaml", folder=tmp_path).code == 2
