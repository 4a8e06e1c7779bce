"""Who belongs to which collection (TIM-4)."""

from itertools import pairwise

import pytest

from sim.runs.preparation import prepare
from sim.scenario.loader import load_text

HEAD = """\
format: 1
name: Members
start: 2026-03-02 00:00
horizon: 1 d
fleet: {import: {file: devices.csv}}
collections:
"""
TABLE = """\
name,os,client,managed_by,Department,location
A,windows-11-24h2,active,configmgr,Sales,LON
B,server-2016,inactive,co_managed,IT,LON
C,server-2022,broken,configmgr,IT,PAR
D,windows-11-24h2,none,configmgr,Sales,LON
E,windows-11-24h2,active,intune,Sales,LON
"""


def members(folder, *collections, table=TABLE, **files):
    """Return the members of each collection by name, joined to a text."""
    (folder / "devices.csv").write_text(table, "utf-8")
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    text = HEAD + "".join(f"  - {{{collection}}}\n" for collection in collections)
    setting = prepare(load_text(text, "s.yaml", folder))
    names = setting.fleet.names
    return {key: [names[n] for n in sorted(value)] for key, value in setting.members.items()}


def letters(folder, *collections, **files):
    return {key: "".join(names) for key, names in members(folder, *collections, **files).items()}


@pytest.mark.rule("TIM-4")
@pytest.mark.rule("PRE-2")
@pytest.mark.rule("PRE-5")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("members: managed", "ABC"),
        ("members: \"os == 'server-2016'\"", "B"),
        ("members: \"os in ['server-2016', 'server-2022'] and location == 'PAR'\"", "C"),
        ("members: \"Department == 'Sales'\"", "A"),
        ("members: \"client == 'none' or managed_by == 'intune'\"", ""),
        ("members: [A, C]", "AC"),
        ("members: [c, a, D, e]", "AC"),
        ("members: managed, sample: 100 %", "ABC"),
        ("members: managed, sample: 0 %", ""),
    ],
)
def test_members_are_queried_listed_or_all_that_are_managed(written, expected, tmp_path):
    """Devices without a client of ConfigMgr's own are never members, not even by name."""
    assert letters(tmp_path, f"name: X, {written}") == {"X": expected}


@pytest.mark.rule("TIM-4")
def test_a_file_lists_members_too(tmp_path):
    files = {"pilot": "\ufeff# the pilot\r\n\r\n  a \r\nB\r\n"}

    assert letters(tmp_path, "name: X, members: {file: pilot.txt}", **files) == {"X": "AB"}


@pytest.mark.rule("TIM-4")
def test_limiting_including_and_excluding_combine_and_excluding_wins(tmp_path):
    """Whatever the order of declaration; what is limited never grows beyond its limit."""
    assert letters(
        tmp_path,
        "name: Last, limit_to: IT, include: [Sales], exclude: [B only]",
        "name: All, members: managed",
        "name: IT, limit_to: All, members: \"Department == 'IT'\"",
        "name: Sales, limit_to: All, members: \"Department == 'Sales'\"",
        "name: B only, members: [B]",
        "name: Both, include: [IT, Sales]",
        "name: Both but B, include: [Both], exclude: [B only]",
        "name: Named, limit_to: IT, members: [A, B], include: [Sales]",
        "name: Named and more, limit_to: All, members: [B], include: [Sales]",
        "name: Never, include: [B only], exclude: [B only]",
        "name: Rest, limit_to: All, exclude: [Sales]",
    ) == {
        "Last": "C",
        "All": "ABC",
        "IT": "BC",
        "Sales": "A",
        "B only": "B",
        "Both": "ABC",
        "Both but B": "AC",
        "Named": "B",
        "Named and more": "AB",
        "Never": "",
        "Rest": "BC",
    }


def many(count=2_000):
    return "name,os\n" + "".join(f"PC-{n},windows-11-24h2\n" for n in range(count))


@pytest.mark.rule("TIM-4")
def test_a_growing_sample_keeps_its_members(tmp_path):
    shares = (1, 5, 20, 60, 100)
    sampled = members(
        tmp_path,
        *(f"name: S{share}, members: managed, sample: {share} %" for share in shares),
        table=many(),
    )

    for smaller, larger in pairwise(shares):
        assert set(sampled[f"S{smaller}"]) < set(sampled[f"S{larger}"])
    for share in shares:
        expected = share / 100
        spread = 4.5 * (expected * (1 - expected) / 2_000) ** 0.5
        assert abs(len(sampled[f"S{share}"]) / 2_000 - expected) <= spread


@pytest.mark.rule("TIM-4")
def test_a_sample_is_drawn_for_each_device_by_itself(tmp_path):
    """Devices added or removed change nobody else's place in a sample."""
    asked = "name: S, members: managed, sample: 30 %"
    all_names = {f"PC-{n}" for n in range(1_000)}

    large = set(members(tmp_path, asked, table=many(2_000))["S"])
    small = set(members(tmp_path, asked, table=many(1_000))["S"])

    assert large & all_names == small


def test_a_sample_thins_what_is_listed_before_others_are_included(tmp_path):
    assert letters(
        tmp_path,
        "name: X, members: [A, B], sample: 0 %, include: [Other]",
        "name: Other, members: [C]",
    ) == {"X": "C", "Other": "C"}
