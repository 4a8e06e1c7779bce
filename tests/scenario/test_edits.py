"""What is an edit between two scenarios, and how it reads."""

import pytest

from sim.scenario.edits import plan_edits
from sim.scenario.loader import load_text
from tests.scenario.texts import BASE, changed

MORE = """\
  - {name: gate, when: "coverage_pct{collection=Pilot} >= 95 for 24 h", deploy: Onboard, to: [Rest]}
  - {after: pilot + 3 d, set_workspace: Onboard, id: present, key: {env: THE_KEY}}
"""
PLAN = (
    changed(
        (
            "  - {name: Pilot, members: managed}",
            "  - {name: Pilot, members: managed}\n  - {name: Rest}",
        ),
        text=BASE,
    ).replace("{name: Rest}", "{name: Rest, members: managed}")
    + MORE
)


def edits(*changes, text=PLAN):
    """Return what is read when a scenario is changed."""
    return [
        edit.words for edit in plan_edits(load_text(text), load_text(changed(*changes, text=text)))
    ]


def test_a_scenario_differs_in_nothing_from_itself():
    assert edits() == []


@pytest.mark.parametrize(
    "change",
    [
        ("format: 1\n", "format: 1 # of the language\n"),
        ("name: Base", "name: Another\nquestion: Why?\nseed: 9\nreplications: 3"),
        ("horizon: 60 d", "horizon: 1440 h\nfaults: drawn"),
        ("name: Onboard\n", "name: Onboard\n    sample_sharing: all_file_types\n"),
        (">= 95 for 24 h", ">=95 for 1 d"),
        ("pilot + 3 d", "pilot+72 h"),
        ("deploy: Onboard, to: [Pilot]", "by: administrator, deploy: Onboard, to: Pilot"),
        ("plan:", "assumptions: {client_inactive_share: 6.0 %}\nplan:"),
    ],
)
def test_what_changes_nothing_that_is_done_is_no_edit(change):
    assert edits(change) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("at: 1 d,", "at: 3 d 09:00,"), "plan[pilot].at: 1 d -> 3 d 09:00"),
        (("horizon: 60 d", "horizon: 30 d"), "horizon: 60 d -> 30 d"),
        (("devices: 20", "devices: 30"), "fleet.generate.devices: 20 -> 30"),
        (
            ("plan:", "assumptions: {client_inactive_share: 7 %}\nplan:"),
            "assumptions.client_inactive_share: 6 % -> 7 %",
        ),
        (
            ("key: {env: THE_KEY}", "key: absent"),
            "plan[set_workspace Onboard].key: {env: THE_KEY} -> absent",
        ),
        (
            ("key: {env: THE_KEY}", "key: {env: OTHER}"),
            "plan[set_workspace Onboard].key.env: THE_KEY -> OTHER",
        ),
        (
            ("to: [Pilot]}", "to: [Pilot, Rest]}"),
            "plan[pilot].to: [Pilot] -> [Pilot, Rest]",
        ),
        (("    package: onboarding-a\n", "    package: onboarding-a\n    description: all\n"),
         "policies[Onboard].description: (empty) -> all"),
        (
            ("{name: Pilot, members: managed}", "{name: Pilot, members: managed, sample: 5 %}"),
            "collections[Pilot].sample: (none) -> 5 %",
        ),
    ],
)  # fmt: skip
def test_an_edit_is_told_by_its_place_with_the_old_and_the_new_value(change, words):
    assert edits(change) == [words]


def test_an_added_item_is_told_as_a_whole_and_a_removed_one_too():
    step = "  - {name: third, at: 9 d, deploy: Onboard, to: [Rest]}\n"
    before, after = load_text(PLAN), load_text(PLAN + step)
    (added,), (removed,) = plan_edits(before, after), plan_edits(after, before)

    assert added.words == "+ plan[third] {at: 9 d, deploy: Onboard, to: [Rest]}"
    assert removed.words == "- plan[third] {at: 9 d, deploy: Onboard, to: [Rest]}"
    assert (added.kind, removed.kind) == ("added", "removed")
    assert (added.before, removed.after) == (None, None)
    assert added.after == removed.before
    assert added.after["deploy"] == "Onboard"


def test_steps_without_a_name_are_matched_by_what_they_do():
    assert edits(("pilot + 3 d", "pilot + 4 d")) == [
        "plan[set_workspace Onboard].after: pilot + 3 d -> pilot + 4 d"
    ]


def test_of_items_alike_the_equal_ones_belong_together():
    windows = (
        "maintenance_windows:\n"
        "  - {collection: Pilot, weekly: Sunday 01:00, length: 3 h}\n"
        "  - {collection: Pilot, weekly: Monday 01:00, length: 3 h}\nplan:"
    )
    text = changed(("plan:", windows), text=PLAN)

    assert edits(
        ("  - {collection: Pilot, weekly: Sunday 01:00, length: 3 h}\n", ""), text=text
    ) == ["- maintenance_windows[Pilot #2] {collection: Pilot, weekly: Sunday 01:00, length: 3 h}"]


def test_the_order_of_collections_is_no_edit_and_that_of_the_plan_is_one():
    lines = PLAN.splitlines(keepends=True)
    steps = lines[-3:]
    pilot, rest = "  - {name: Pilot, members: managed}\n", "  - {name: Rest, members: managed}\n"
    other_plan = "".join([*lines[:-3], steps[1], steps[0], steps[2]])

    assert edits((pilot + rest, rest + pilot)) == []
    assert [edit.words for edit in plan_edits(load_text(PLAN), load_text(other_plan))] == [
        "plan, order: pilot, gate, set_workspace Onboard -> gate, pilot, set_workspace Onboard"
    ]


def test_of_long_lists_only_what_differs_is_written():
    names = [f"PC-{n}" for n in range(9)]
    text = changed(
        ("{name: Rest, members: managed}", f"{{name: Rest, members: [{', '.join(names)}]}}"),
        text=PLAN,
    )

    assert edits(("PC-3, PC-4", "PC-x, PC-3"), text=text) == [
        "collections[Rest].members: 1 added (PC-x), 1 removed (PC-4)"
    ]


def test_a_mix_in_another_order_is_another_fleet():
    text = changed(
        ("devices: 20", "devices: 20, mix: {windows-11-24h2: 60 %, server-2022: 40 %}"), text=PLAN
    )
    swapped = "{server-2022: 40 %, windows-11-24h2: 60 %}"

    assert edits(("{windows-11-24h2: 60 %, server-2022: 40 %}", swapped), text=text) == [
        "fleet.generate.mix, order: windows-11-24h2, server-2022 -> server-2022, windows-11-24h2"
    ]


def test_the_edit_back_mirrors_the_edit():
    other = changed(
        ("at: 1 d,", "at: 3 d,"), ("key: {env: THE_KEY}", "key: wrong"), ("60 d", "50 d"), text=PLAN
    )
    there = plan_edits(load_text(PLAN), load_text(other))
    back = plan_edits(load_text(other), load_text(PLAN))

    assert [(one.path, one.before, one.after) for one in there] == [
        (one.path, one.after, one.before) for one in back
    ]
    assert len(there) == 3
