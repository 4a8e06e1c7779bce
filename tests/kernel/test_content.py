"""Distribution points: which device waits, in which order, and interrupted downloads."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    WORKSPACE,
    rehearsal,
    rows,
    story,
    told,
    value_of,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
SERVER = {"os": "server-2016"}
OFFICE = SERVER | {"presence": "office"}
NARROW = FIXED | HOURS | {"content_slots": 1, "content_megabits_per_second": 1}
"""One download at once at 1 Mbit/s: 137 MB take 1,096 s."""


def one_each(*deployed):
    """Return collections of one device each, and a plan that deploys to each at its second."""
    collections = [{"name": "All", "members": "managed"}]
    collections += [{"name": name, "members": [name]} for name, _ in deployed]
    plan = [{"at": f"{at} s", "deploy": "Onboard", "to": [name]} for name, at in deployed]
    return {"collections": collections, "plan": plan}


def downloads(run):
    """Return which device finished a download when, in order."""
    return [
        (row["time"], row["device"]) for row in rows(run) if row["event"] == "content_downloaded"
    ]


def served(tmp_path, devices, assumptions=NARROW, **sections):
    """Rehearse downloads of the MDE client."""
    sections = {"client_settings": MDE_CLIENT, "horizon": "6 d"} | sections
    return rehearsal(tmp_path, devices, assumptions=assumptions, **sections)


@pytest.mark.parametrize(
    ("slots", "finished"),
    [
        (1, [4697, 5793, 6889, 7985, 9081]),
        (2, [4697, 4697, 5793, 5793, 6889]),
        (5, [4697] * 5),
    ],
)
def test_downloads_at_once_are_as_many_as_slots_and_the_others_wait(tmp_path, slots, finished):
    run = served(tmp_path, [SERVER] * 5, NARROW | {"content_slots": slots})

    names = [f"PC-{number}" for number in range(1, 6)]
    assert downloads(run) == list(zip(finished, names, strict=True))
    waiting = value_of(run, "device", "waiting", 5000, cause="awaiting_content")
    assert waiting == len([time for time in finished if time >= 5000])


def test_a_device_waits_for_a_slot_and_does_nothing_else_meanwhile(tmp_path):
    run = served(tmp_path, [SERVER] * 2)

    assert told(run, "PC-2") == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated DWN-2 Onboard
        5793 content_downloaded DWN-2 Onboard
        5793 install_started DWN-2 Onboard
        5919 agent_installed DWN-2 Onboard
        5919 policy_applied DWN-2 Onboard
        5949 onboarded DWN-2 Onboard a
        5950 reported TIM-3
        6549 portal_seen MON-4
    """)


def test_a_place_has_its_own_distribution_point_and_all_others_share_one(tmp_path):
    """London has two slots at 2 Mbit/s; Paris has none of its own, nor has no place at all."""
    places = [
        {"name": "LON", "distribution_point": {"slots": 2, "megabits_per_second": 2}},
        {"name": "PAR"},
    ]
    devices = [SERVER | {"location": "LON"}] * 3 + [SERVER | {"location": "PAR"}, SERVER]
    run = served(tmp_path, devices, locations=places)

    assert downloads(run) == [
        (3601 + 548, "PC-1"),
        (3601 + 548, "PC-2"),
        (3601 + 1096, "PC-3"),
        (3601 + 1096, "PC-4"),
        (3601 + 2192, "PC-5"),
    ]


def test_a_download_lasts_whole_seconds_and_one_at_least(tmp_path):
    sizes = {"mde_client_content": 12_500_001, "mma_content": 1, "content_megabits_per_second": 100}
    devices = [SERVER, {"os": "windows-8.1"}]
    run = served(tmp_path, devices, FIXED | sizes, policy={"workspace": WORKSPACE})

    assert downloads(run) == [(3602, "PC-2"), (3603, "PC-1")]


def test_who_asked_earlier_is_served_first_and_the_name_decides_within_a_second(tmp_path):
    """Z holds the slot; Y asks a second before B and A."""
    devices = [SERVER | {"name": name} for name in "ABYZ"]
    run = served(tmp_path, devices, **one_each(("Z", 3600), ("Y", 3700), ("B", 3701), ("A", 3701)))

    assert [who for _, who in downloads(run)] == ["Z", "Y", "A", "B"]


def test_two_that_ask_in_one_second_are_served_by_name_whoever_woke_first(tmp_path):
    """B asks again at power-on, as it knew all night; A asks for the first time in that second.

    B had a second of its download before it went off.
    """
    devices = [SERVER | {"name": "A"}, OFFICE | {"name": "B"}]
    on = DAY + 8 * HOUR
    run = served(tmp_path, devices, **one_each(("B", 61_198), ("A", on - 1)))

    first = on + 1096
    assert downloads(run) == [(first, "A"), (first + 1095, "B")]


def test_a_download_broken_off_goes_on_from_where_it_was(tmp_path):
    """Asked at 60501, off at 61200: 397 of 1096 seconds are left for the next morning."""
    run = served(tmp_path, OFFICE, plan=[DEPLOY | {"at": "60500 s"}])

    assert told(run)[3:6] == story("""
        60501 policy_evaluated DWN-2 Onboard
        115597 content_downloaded DWN-2 Onboard
        115597 install_started DWN-2 Onboard
    """)


def test_a_download_that_ends_with_the_hours_of_work_is_complete(tmp_path):
    """Done in the second of power-off; installed in the morning."""
    run = served(tmp_path, OFFICE, plan=[DEPLOY | {"at": f"{61_200 - 1096 - 1} s"}])

    assert told(run)[4:6] == story("""
        61200 content_downloaded DWN-2 Onboard
        115200 install_started DWN-2 Onboard
    """)


def test_a_device_that_goes_off_gives_its_slot_to_the_next(tmp_path):
    """A is interrupted at 61200, then B gets the slot, and A requests again the next morning."""
    devices = [OFFICE | {"name": "A"}, SERVER | {"name": "B"}]
    run = served(tmp_path, devices, **one_each(("A", 60_500), ("B", 60_999)))

    assert downloads(run) == [(61_200 + 1096, "B"), (115_200 + 397, "A")]


def test_a_download_broken_off_is_granted_again_in_its_turn(tmp_path):
    """In the morning A (397 s left) and C ask at eight; M and N asked a little before them.

    C asked at the end of Monday already: its turn came when it was off, and F had it.
    """
    devices = [OFFICE | {"name": name} for name in "AC"] + [
        SERVER | {"name": name} for name in "BFMN"
    ]
    run = served(
        tmp_path,
        devices,
        **one_each(
            ("A", 60_500), ("B", 60_999), ("C", 61_198), ("F", 61_499), ("M", 115_098),
            ("N", 115_149),
        ),
    )  # fmt: skip

    finished = [61_200 + 1096]
    finished += [finished[-1] + 1096, 115_099 + 1096, 115_099 + 2192]
    finished += [finished[-1] + 397, finished[-1] + 397 + 1096]
    assert downloads(run) == list(zip(finished, "BFMNAC", strict=True))


def test_a_download_may_take_several_days(tmp_path):
    """At one slot and 100 times the size: 9 hours a day, from Monday 8:00:01 to Friday 8:06:41."""
    large = NARROW | {"mde_client_content": 16_250_000_000}
    run = served(tmp_path, OFFICE, large)

    begins = 28_801
    need, left_of_monday = 130_000, 61_200 - begins
    assert need > left_of_monday + 3 * 9 * HOUR
    friday = 4 * DAY + 8 * HOUR + need - left_of_monday - 3 * 9 * HOUR
    assert when(run, "content_downloaded") == friday


def test_the_content_of_an_agent_is_fetched_once(tmp_path):
    """The install fails again and again, and each evaluation finds the content in the cache."""
    run = served(tmp_path, SERVER | {"antivirus": "disabled"}, horizon="16 d")

    assert downloads(run) == [(4697, "PC-1")]
    assert len([line for line in told(run) if "install_started" in line]) > 14


@pytest.mark.rule("POL-7")
def test_a_device_whose_policy_is_withdrawn_gives_its_slot_back(tmp_path):
    devices = [SERVER | {"name": name} for name in "AB"]
    sections = one_each(("A", 3600), ("B", 3600))
    sections["plan"] = [*sections["plan"], {"at": "4000 s", "undeploy": "Onboard", "from": ["A"]}]
    run = served(tmp_path, devices, **sections)

    assert downloads(run) == [(4000 + 1096, "B")]
    assert told(run, "A")[-1] == "4000 untargeted Onboard A"


@pytest.mark.rule("POL-7")
def test_a_device_whose_policy_is_withdrawn_while_it_queues_is_passed_over(tmp_path):
    devices = [SERVER | {"name": name} for name in "ABC"]
    sections = one_each(("A", 3600), ("B", 3600), ("C", 3600))
    sections["plan"] = [*sections["plan"], {"at": "4000 s", "undeploy": "Onboard", "from": ["B"]}]
    run = served(tmp_path, devices, **sections)

    assert downloads(run) == [(4697, "A"), (4697 + 1096, "C")]


@pytest.mark.rule("TIM-2")
def test_an_evaluation_during_a_download_goes_on_with_it(tmp_path):
    """Evaluated each half hour while 1,096 s of download go on behind another one."""
    often = NARROW | {"evaluation_interval": "30 min"}
    run = served(tmp_path, [SERVER] * 2, often, horizon="3 h")

    assert told(run, "PC-2")[3:6] == story("""
        3601 policy_evaluated DWN-2 Onboard
        5401 policy_evaluated DWN-2 Onboard
        5793 content_downloaded DWN-2 Onboard
    """)


@pytest.mark.rule("DWN-6")
def test_an_evaluation_that_wants_another_agent_gives_the_download_up(tmp_path):
    """The setting changes to MMA at 3700, known at the evaluation of 4201: 50 MB take 400 s."""
    often = NARROW | {"evaluation_interval": "10 min"}
    change = {"at": "3700 s", "set_client_setting": "New agent", "downlevel_client": "mma"}
    run = served(
        tmp_path,
        SERVER,
        often,
        plan=[DEPLOY, change],
        policy={"workspace": WORKSPACE},
        horizon="3 h",
    )

    assert told(run)[3:7] == story("""
        3601 policy_evaluated DWN-2 Onboard
        4201 policy_evaluated MMA-1 Onboard
        4601 content_downloaded MMA-1 Onboard
        4601 install_started MMA-1 Onboard
    """)


def test_a_device_that_moves_downloads_from_its_new_place(tmp_path):
    """PC-2 waits in the queue of London and is moved to Paris, where no device waits."""
    places = [
        {"name": "LON", "distribution_point": {"slots": 1, "megabits_per_second": 1}},
        {"name": "PAR", "distribution_point": {"slots": 1, "megabits_per_second": 1}},
    ]
    move = {"name": "move", "at": "4000 s", "patch": {"location": "PAR"}, "on": ["Mobile"],
            "within": "1 s"}  # fmt: skip
    collections = [{"name": "All", "members": "managed"}, {"name": "Mobile", "members": ["PC-2"]}]
    run = served(
        tmp_path,
        [SERVER | {"location": "LON"}] * 2,
        locations=places,
        collections=collections,
        plan=[DEPLOY, move],
    )

    assert downloads(run) == [(4697, "PC-1"), (4000 + 1096, "PC-2")]
