"""Which scenarios are meant by names of files and folders."""

import os
from pathlib import Path

import pytest

from sim.checking.checks import scenarios_in
from sim.checking.scenario_files import find_scenarios, is_scenario
from sim.errors import UnusableInput

SCENARIO = "format: 1\nhorizon: 10 d\nfleet: {generate: {devices: 1}}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names, text=SCENARIO):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")


def files(*names):
    return [file.as_posix() for file in find_scenarios([Path(name) for name in names]).files]


def problems(*names):
    found = find_scenarios([Path(name) for name in names])
    with pytest.raises(UnusableInput) as refused:
        scenarios_in([Path(name) for name in names])
    assert refused.value.problems[: len(found.problems)] == found.problems
    return [str(problem) for problem in found.problems]


def test_a_folder_is_searched_to_its_depths_in_order_of_name(here):
    put("p/b.yaml", "p/a/z.yml", "p/a/y.YAML", "p/c.yaml", "p/notes.txt")

    assert files("p") == ["p/a/y.YAML", "p/a/z.yml", "p/b.yaml", "p/c.yaml"]
    assert files(".") == files("p")


def test_files_come_in_the_order_in_which_they_are_named_and_each_once(here):
    put("a.yaml", "p/b.yaml")

    assert files("p/b.yaml", "a.yaml", "p", "./a.yaml", here / "a.yaml") == ["p/b.yaml", "a.yaml"]
    assert files("p/../a.yaml", "a.yaml") == ["p/../a.yaml"]


def test_a_file_that_is_named_is_used_whatever_it_holds(here):
    put("x.txt", text="hello")

    assert files("x.txt") == ["x.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "results/s-7/scenario.yaml",
        ".github/workflows/ci.yaml",
        ".hidden.yaml",
        "node_modules/x/y.yaml",
        "venv/lib/z.yaml",
    ],
)
def test_results_hidden_files_and_those_of_other_programs_are_not_looked_at(name, here):
    put(name, "a.yaml")
    put("results/s-7/provenance.json", "venv/pyvenv.cfg", "baselines/tolerances.yaml", text="{}")
    put("older/judging.yaml", text="{}")

    found = find_scenarios([Path()])
    assert ([str(file) for file in found.files], found.others) == (["a.yaml"], ())


def test_a_run_folder_that_is_named_is_used(here):
    put("results/s-7/scenario.yaml")
    put("results/s-7/provenance.json", text="{}")

    assert files("results/s-7") == ["results/s-7/scenario.yaml"]


def test_folders_behind_links_are_not_searched_so_no_search_goes_round(here):
    put("p/a.yaml")
    Path("p/again").symlink_to("..")
    Path("link").symlink_to("p")

    assert files("p") == ["p/a.yaml"]
    assert files("link") == ["link/a.yaml"]
    assert files("link", "p") == ["link/a.yaml"]


def test_a_link_to_a_file_is_a_scenario_of_its_own(here):
    """It has another name, and other files beside it."""
    put("p/a.yaml")
    Path("p/b.yaml").symlink_to("a.yaml")

    assert files("p") == ["p/a.yaml", "p/b.yaml"]


def test_yaml_files_of_other_programs_are_skipped_and_reported(here):
    put("a.yaml")
    put("compose.yaml", text="services:\n  format: x\n")
    put("broken.yml", text="{")
    os.mkfifo("pipe.yaml")
    put("baselines/tolerances.yaml", text="format: 1\njudge: exact\n")

    found = find_scenarios([Path()])

    assert [str(file) for file in found.files] == ["a.yaml"]
    assert [str(file) for file in found.others] == ["broken.yml", "compose.yaml", "pipe.yaml"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (SCENARIO, True),
        ("﻿" + SCENARIO, True),
        (SCENARIO.replace("\n", "\r\n"), True),
        (SCENARIO.replace("format", "fromat"), True),
        (SCENARIO.replace("fleet", "flet"), True),
        ("# format: 1\n'plan' : []\n\"expect\": []\n", True),
        ("format: 1\njudge: exact\nmeasures: []\n", False),
        ("plan:\n  format: 1\n  fleet: 2\n", False),
        ("on: push\njobs: {}\n", False),
        ("", False),
    ],
)
def test_a_scenario_is_known_by_two_of_its_keys_even_where_another_is_mistyped(text, answer, here):
    put("x.yaml", text=text)

    assert is_scenario(Path("x.yaml")) is answer


def test_what_cannot_be_read_is_left_to_its_reader(here):
    assert is_scenario(Path("gone.yaml"))


def test_all_names_of_nothing_are_reported_at_once(here):
    put("a.yaml")
    put("others/compose.yaml", text="services: {}\n")
    Path("empty").mkdir()
    Path("dangling.yaml").symlink_to("nowhere")

    assert problems("gone", "a.yaml", "empty", "others", "dangling.yaml", "a\0b") == [
        "gone does not exist; a scenario file, or a folder of scenario files",
        "empty contains no scenario; a folder with scenario files (.yaml)",
        "others contains no scenario; a folder with scenario files (.yaml)",
        "dangling.yaml does not exist; a scenario file, or a folder of scenario files",
        "a\0b does not exist; a scenario file, or a folder of scenario files",
    ]


def test_a_folder_that_cannot_be_read_is_reported(here, monkeypatch):
    put("p/deep/a.yaml")
    original = Path.iterdir

    def refused(self):
        if self.name == "deep":
            raise PermissionError(13, "Permission denied", "p/deep")
        return original(self)

    monkeypatch.setattr(Path, "iterdir", refused)

    assert problems("p") == ["p/deep cannot be read: Permission denied; a folder that can be read"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_scenario_in_another_encoding_is_no_other_programs_file(encoding, here):
    put("p/a.yaml")
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    Path("p/b.yaml").write_bytes((mark + Path("p/a.yaml").read_text("utf-8")).encode(encoding))

    assert files("p") == ["p/a.yaml", "p/b.yaml"]


def test_a_scenario_may_be_indented_and_what_is_nested_elsewhere_is_none(here):
    put("p/a.yaml")
    text = Path("p/a.yaml").read_text("utf-8")
    Path("p/b.yaml").write_text("# first\n" + "".join(f"  {line}\n" for line in text.splitlines()))
    put("p/c.yaml", text="jobs:\n  format: 1\n  plan: []\n  start: now\n")

    assert files("p") == ["p/a.yaml", "p/b.yaml"]
