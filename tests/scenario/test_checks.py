"""What ties the parts of a scenario together: each broken tie is one problem with its line."""

import os

import pytest

from sim.reference.assumptions import ASSUMPTIONS, Assumption
from sim.reference.systems import OPERATING_SYSTEMS
from sim.scenario.model import Scenario
from sim.scenario.steps import parse_after
from sim.scenario.value_checks import assumption_overrides, read_assumption, wrong_assumptions
from sim.vocabulary import MEASURES
from tests.scenario.texts import BASE, changed, complaints, loaded

SYSTEMS = ", ".join(OPERATING_SYSTEMS)
PATCHABLE = (
    "os, location, managed_by, client, client_version, presence, agent, agent_version, esu, "
    "fully_updated, telemetry_update, universal_crt, servicing_stack, cumulative_update, "
    "antivirus, elam_driver, sensor, installer_defect, network_streamlined, dotnet, clock_ok, "
    "network, restart_pending"
)


def with_lines(section, *lines):
    """Return the base with *lines* added to the end of *section* (a plan needs none)."""
    known = {
        "collections": "  - {name: Pilot, members: managed}\n",
        "packages": "  - {name: onboarding-a, payload: a, organization: contoso}\n",
        "policies": "    package: onboarding-a\n",
        "plan": "  - {name: pilot, at: 1 d, deploy: Onboard, to: [Pilot]}\n",
    }
    text = "".join(f"  - {line}\n" for line in lines)
    if section in known:
        return changed((known[section], known[section] + text))
    return f"{BASE}{section}:\n{text}"


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        ("collections", "{name: Pilot}",
         '9: collections[Pilot].name: a second collection named "Pilot"; '
         "names in a section are unique"),
        ("packages", "{name: onboarding-a, organization: x}",
         '11: packages[onboarding-a].name: a second package named "onboarding-a"; '
         "names in a section are unique"),
        ("plan", "{name: pilot, at: 2 d, pause: Onboard}",
         '16: plan[pilot].name: a second step named "pilot"; names in a section are unique'),
        ("locations", "{name: A}\n  - {name: A}",
         '18: locations[A].name: a second location named "A"; names in a section are unique'),
        ("collections", "{name: B, limit_to: Pilto}",
         '9: collections[B].limit_to: unknown collection "Pilto"; one of Pilot, B; '
         'did you mean "Pilot"?'),
        ("packages", "{name: bye, kind: offboarding, organization: x, "
         "downloaded: 2026-03-10, valid_until: 2026-03-09}",
         "11: packages[bye].valid_until: the last day of the file, 2026-03-09, lies before its "
         "download on 2026-03-10; the day in the name of the file"),
        ("collections", "{name: B, exclude: [Pilot, C]}",
         '9: collections[B].exclude[1]: unknown collection "C"; one of Pilot, B'),
        ("collections", "{name: B, include: C}",
         '9: collections[B].include: unknown collection "C"; one of Pilot, B'),
        ("policies", "{name: P, package: onboarding-b}",
         '14: policies[P].package: unknown package "onboarding-b"; one of onboarding-a; '
         'did you mean "onboarding-a"?'),
        ("maintenance_windows", "{collection: X, weekly: Sunday 01:00, length: 3 h}",
         '17: maintenance_windows[0].collection: unknown collection "X"; one of Pilot'),
        ("maintenance_windows", "{collection: Pilot, weekly: Sunday 01:00, length: 4 min}",
         "17: maintenance_windows[0].length: a maintenance window of 4 min; "
         "between 5 min and 24 h"),
        ("maintenance_windows", "{collection: Pilot, weekly: Sunday 01:00, length: 25 h}",
         "17: maintenance_windows[0].length: a maintenance window of 1 d 1 h; "
         "between 5 min and 24 h"),
        ("client_settings",
         "{name: New, collection: X, priority: 1, downlevel_client: mma}",
         '17: client_settings[New].collection: unknown collection "X"; one of Pilot'),
        ("locations", "{name: PAR, time_zone: Europe/Pari}",
         '17: locations[PAR].time_zone: unknown time zone "Europe/Pari"; a name such as '
         'Europe/London; did you mean "Europe/Paris"?'),
        ("plan", "{at: 2 d, run_script: script, on: Pilot}",
         '16: plan[1].run_script: unknown package "script"; one of onboarding-a'),
        ("plan", "{at: 2 d, undeploy: Onboard, from: Plot}",
         '16: plan[1].from: unknown collection "Plot"; one of Pilot; did you mean "Pilot"?'),
        ("plan", "{at: 2 d, include: Pilot, in: Plot}",
         '16: plan[1].in: unknown collection "Plot"; one of Pilot; did you mean "Pilot"?'),
        ("plan", "{at: 2 d, update: Onboard, package: b}",
         '16: plan[1].package: unknown package "b"; one of onboarding-a'),
        ("plan", "{at: 2 d, pause: Onboard, by: me}",
         '16: plan[1].by: unknown administrator "me"; one of administrator'),
        ("plan", "{at: 2 d, set_client_setting: New, downlevel_client: mma}",
         '16: plan[1].set_client_setting: unknown client setting "New"; '
         "the scenario has no client setting"),
        ("plan", "{at: 60 d, pause: Onboard}",
         "16: plan[1].at: 60 d is not before the horizon of 60 d; the step would never happen"),
        ("plan", "{at: 2026-03-01, pause: Onboard}",
         "16: plan[1].at: 2026-03-01 00:00 is before the start; a step happens after it"),
        ("plan", "{at: 99999999 d 09:00, pause: Onboard}",
         "16: plan[1].at: 99999999 d 09:00 is not before the horizon of 60 d; "
         "the step would never happen"),
        ("plan", "{after: pilto + 3 d, pause: Onboard}",
         '16: plan[1].after: unknown step "pilto"; one of pilot; did you mean "pilot"?'),
        ("plan", "{after: pilot + 3, pause: Onboard}",
         '16: plan[1].after: unknown step "pilot + 3"; write STEP + DURATION; '
         'did you mean "pilot"?'),
        ("plan", "{name: b, after: c + 1 d, pause: Onboard}\n"
         "  - {name: c, after: b, pause: Onboard}",
         "16: plan[b].after: the step waits for itself in a circle: b > c > b; "
         "one of them needs at: or when:"),
        ("plan", "{at: 2 d, patch: {}, on: Pilot, within: 1 d}",
         "16: plan[1].patch: nothing to patch; write {TRAIT: VALUE}"),
        ("plan", "{at: 2 d, patch: {antiviru: enabled}, on: Pilot, within: 1 d}",
         f"16: plan[1].patch.antiviru: unknown trait; one of {PATCHABLE}; "
         'did you mean "antivirus"?'),
        ("plan", "{at: 2 d, patch: {onboarded: true}, on: Pilot, within: 1 d}",
         "16: plan[1].patch.onboarded: this cannot be patched; "
         "a patch changes what is installed, set or reachable"),
        ("plan", "{at: 2 d, patch: {build: 14393}, on: Pilot, within: 1 d}",
         "16: plan[1].patch.build: this cannot be patched; "
         "a patch changes what is installed, set or reachable"),
        ("plan", "{at: 2 d, patch: {os: server-2106}, on: Pilot, within: 1 d}",
         f"16: plan[1].patch.os: not a value of os; one of {SYSTEMS}; "
         'did you mean "server-2016"?'),
        ("plan", "{at: 2 d, patch: {antivirus: enabld}, on: Pilot, within: 1 d}",
         "16: plan[1].patch.antivirus: not a value of antivirus; one of enabled, disabled, "
         'outdated, not_installed; did you mean "enabled"?'),
        ("plan", "{at: 2 d, patch: {dotnet: 1}, on: Pilot, within: 1 d}",
         "16: plan[1].patch.dotnet: not a value of dotnet; true or false"),
        ("plan", "{when: targetd > 3, pause: Onboard}",
         '16: plan[1].when: column 1: unknown measure "targetd"; did you mean "targeted"?'),
        ("expect", "coverage_pct at 61 d > 5",
         "17: expect[0]: 61 d is after the horizon; the horizon is 60 d"),
        ("expect", "probability (p at end > 5) > 0.5",
         '17: expect[0]: column 14: unknown measure "p"; one of ' + ", ".join(MEASURES)),
        ("expect", "coverage_pct at 2026-03-01 > 5",
         "17: expect[0]: 2026-03-01 00:00 is before the start"),
        ("expect", "min of coverage_pct from end to 3 d > 5",
         "17: expect[0]: the period ends before it begins; write from WHEN to a later WHEN"),
        ("expect", "p90 of (coverage_pct at 61 d + coverage_pct at 1 d) > 5 or "
         "probability (coverage_pct at 1 d > 5) > 0.5",
         "17: expect[0]: 61 d is after the horizon; the horizon is 60 d"),
        ("expect", "{expr: \"payload_in_use{payload='b'} at end > 5\"}",
         '17: expect[0].expr: column 24: unknown payload "b"; one of a'),
        ("collections", '{name: B, members: "os = 3"}',
         '9: collections[B].members: column 4: "=" does not fit; expected a comparison, "in", '
         '"not", "and", "or", ")"'),
        ("collections", "{name: B, members: []}",
         "9: collections[B].members: the list is empty; name at least one device"),
        ("collections", "{name: B, members: team == 3}",
         '9: collections[B].members: column 1: unknown trait "team"'),
    ],
)  # fmt: skip
def test_a_broken_tie_is_one_problem_at_its_place(section, line, message):
    """Names, times, values and expressions are judged against the rest of the scenario."""
    found = complaints(with_lines(section, *line.split("\n  - ")))

    assert found == [f"s.yaml:{message}"]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ("horizon: 60 d", "horizon: 0 d", ["4: horizon: the horizon is zero; "
                                           "write 60 d"]),
        ("horizon: 60 d", "horizon: 9999999 d",
         ["4: horizon: the horizon is too far away; at most 36525 d, a century"]),
        ("horizon: 60 d", "horizon: 9999999999999 d",
         ["4: horizon: the horizon is too far away; at most 36525 d, a century"]),
        ("fleet:", "reporting: {interval: 59 s}\nfleet:",
         ["5: reporting.interval: the interval is too short; at least 1 min"]),
        ("fleet:", "reporting: {interval: 61 d}\nfleet:",
         ["5: reporting.interval: the interval is longer than the horizon; at most 60 d"]),
        ("fleet:", "site: {time_zone: Europe/Lndon}\nfleet:",
         ['5: site.time_zone: unknown time zone "Europe/Lndon"; a name such as Europe/London; '
          'did you mean "Europe/London"?']),
        ("generate: {devices: 20}", "generate: {devices: 20}\n  import: {file: f.csv}",
         ["5: fleet: both generate and import; a fleet has exactly one of them"]),
        ("  generate: {devices: 20}", "  {}",
         ["5: fleet: neither generate nor import; a fleet has exactly one of them"]),
        ("devices: 20", "devices: 20, mix: enterprise-2027",
         ['6: fleet.generate.mix: unknown mix "enterprise-2027"; one of enterprise-2026, '
          'enterprise-2023, servers, small-business; did you mean "enterprise-2026"?']),
        ("devices: 20", "devices: 20, mix: {windows-11-24h3: 60 %, server-2016: 39 %}",
         ['6: fleet.generate.mix.windows-11-24h3: unknown operating system "windows-11-24h3"; '
          'did you mean "windows-11-24h2"?',
          "6: fleet.generate.mix: the shares add up to 99 %; 100 %"]),
        ("members: managed}", "limit_to: B}\n  - {name: B, include: C}\n"
         "  - {name: C, exclude: Pilot}",
         ["8: collections[Pilot]: the collection depends on itself in a circle: "
          "Pilot > B > C > Pilot; limit_to, include and exclude must not lead back"]),
        ("members: managed}", "limit_to: Pilot}",
         ["8: collections[Pilot]: the collection depends on itself in a circle: Pilot > Pilot; "
          "limit_to, include and exclude must not lead back"]),
        ("fleet:", "assumptions: {mma_instal: 60 s}\nfleet:",
         ['5: assumptions.mma_instal: unknown assumption; did you mean "mma_install"?']),
        ("fleet:", "assumptions: {mma_install: 60, old_client_version: 2203, esu_share: 0.5}\n"
         "fleet:",
         ["5: assumptions.mma_install: not a value of this assumption; "
          "write a duration such as 90 min",
          "5: assumptions.old_client_version: not a value of this assumption; "
          'write a version such as "2403"',
          "5: assumptions.esu_share: not a value of this assumption; "
          "write a share such as 5 %"]),
        ("fleet:", "assumptions: {content_slots: -1, mma_content: true}\nfleet:",
         ["5: assumptions.content_slots: not a value of this assumption; "
          "write a whole number (count), zero or more",
          "5: assumptions.mma_content: not a value of this assumption; "
          "write a whole number (bytes), zero or more"]),
        ("fleet:", "assumptions: {content_slots: '4', mma_content: 0 bytes}\nfleet:",
         ["5: assumptions.content_slots: not a value of this assumption; "
          "write a whole number (count), zero or more, without quotes or a unit",
          "5: assumptions.mma_content: not a value of this assumption; "
          "write a whole number (bytes), zero or more, without quotes or a unit"]),
    ],
)  # fmt: skip
def test_the_frame_of_a_scenario_is_judged(old, new, messages):
    """Horizon, reporting, zones, fleet, collections and assumptions must make sense."""
    assert complaints(changed((old, new))) == [f"s.yaml:{one}" for one in messages]


def test_a_pilot_of_co_management_names_a_collection():
    text = f"{BASE}site: {{endpoint_protection_workload: {{pilot: Pilto}}}}\n"

    assert complaints(text) == [
        's.yaml:16: site.endpoint_protection_workload.pilot: unknown collection "Pilto"; '
        'one of Pilot; did you mean "Pilot"?'
    ]


def test_the_end_of_the_run_may_be_spoken_of():
    """`at` exactly the horizon is the end, and a gate may come from a step that is named later."""
    text = with_lines("plan", "{after: last, pause: Onboard}",
                      "{name: last, at: 59 d 23:59, pause: Onboard}")  # fmt: skip

    assert complaints(text + "expect: [coverage_pct at 60 d > 5]\n") == []


def test_an_imported_fleet_brings_its_own_names(tmp_path):
    """Labels, locations and payloads of a table are not known before it is read."""
    (tmp_path / "f.csv").write_text("name,os\n")
    text = changed(
        ("generate: {devices: 20}", "import: {file: f.csv}"),
        ("members: managed}", "members: \"team == 'x'\"}"),
    ) + "expect: ['payload_in_use{payload=old,location=PAR} at end > 5']\n"  # fmt: skip

    assert complaints(text, folder=tmp_path) == []
    assert complaints(text, folder=tmp_path / "elsewhere") == [
        's.yaml:6: fleet.import.file: there is no file "f.csv"; '
        "file names are relative to the scenario"
    ]


@pytest.mark.parametrize("name", [".", "exports"])
def test_a_folder_is_no_imported_fleet_and_is_called_a_folder(name, tmp_path):
    (tmp_path / "exports").mkdir()
    text = changed(("generate: {devices: 20}", f"import: {{file: {name}}}"))

    assert complaints(text, folder=tmp_path) == [
        f's.yaml:6: fleet.import.file: "{name}" is a folder; '
        "a file; fleetsim fleet import writes one for the exports in a folder"
    ]


def test_a_pipe_is_no_imported_fleet(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    text = changed(("generate: {devices: 20}", "import: {file: pipe.csv}"))

    assert complaints(text, folder=tmp_path) == [
        's.yaml:6: fleet.import.file: "pipe.csv" is not an ordinary file; a CSV or Parquet file'
    ]


def test_a_made_up_fleet_knows_its_locations_once_they_are_listed():
    """With `locations:` an expression may name those only; without, any."""
    expect = "expect: ['targeted{location=PAR} at end > 5']\n"

    assert complaints(BASE + expect) == []
    assert complaints(BASE + "locations: [{name: LON}]\n" + expect) == [
        's.yaml:17: expect[0]: column 19: unknown location "PAR"; one of LON'
    ]


def test_a_payload_of_an_earlier_onboarding_is_known():
    """Payloads are those of packages and of what was onboarded before."""
    text = changed(("devices: 20", "devices: 20, already_onboarded: {share: 5 %, payload: old}"))

    assert complaints(text + "expect: ['payload_in_use{payload=old} at end > 5']\n") == []


def test_member_files_are_looked_for_beside_the_scenario(tmp_path):
    """A member file must be there and name each device once."""
    text = changed(("members: managed", "members: {file: names.txt}"))
    place = 's.yaml:8: collections[Pilot].members.file: "names.txt"'

    assert complaints(text, folder=tmp_path) == [f"{place}: there is no such file"]
    (tmp_path / "names.txt").write_text("PC-1\npc-1\n")
    assert complaints(text, folder=tmp_path) == [
        f'{place}, line 2: "pc-1" is named twice (lines 1 and 2); keep one'
    ]
    (tmp_path / "names.txt").write_text("# the pilot\n\n PC-1\n")
    assert complaints(text, folder=tmp_path) == []
    assert complaints(text) == []


def test_overridden_assumptions_become_the_integers_of_the_table():
    """Durations are seconds, shares parts per million, versions and counts numbers."""
    scenario = loaded(BASE + "assumptions: {mma_install: 2 min, esu_share: 5 %, content_slots: 7, "
                      'old_client_version: "2107"}\n')  # fmt: skip

    assert assumption_overrides(scenario, ASSUMPTIONS) == {
        "mma_install": 120,
        "esu_share": 50_000,
        "content_slots": 7,
        "old_client_version": 2107,
    }


def test_assumptions_are_judged_by_any_table():
    """The check takes the table it judges by as an argument."""
    table = {"x": Assumption("x", 1, "s", 0, 2, "assumption", "")}
    scenario = Scenario.model_validate({**loaded().model_dump(by_alias=True), "assumptions": {
        "x": "1 h", "y": 3}})  # fmt: skip

    assert [finding.loc for finding in wrong_assumptions(scenario, table)] == [("assumptions", "y")]
    with pytest.raises(ValueError, match="not written like"):
        read_assumption("s", 5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("everybody + 3 d", ("everybody", 259_200)),
        ("a + b + 1 h", ("a + b", 3600)),
        ("a + b", ("a + b", 0)),
        ("pilot", ("pilot", 0)),
    ],
)
def test_after_names_a_step_and_a_delay(text, parts):
    """`STEP + DURATION`, and the delay may be left out."""
    assert parse_after(text) == parts


@pytest.mark.parametrize(
    ("written", "least"),
    [
        ("policy_poll_interval: 0 s", "1 s"),
        ("state_message_interval: 0 s", "1 s"),
        ("evaluation_interval: 0 s", "60 s"),
        ("install_retry_interval: 0 s", "1 s"),
        ("content_megabits_per_second: 0", "1 Mbit/s"),
        ('old_client_version: "0000"', "1511 version"),
    ],
)
def test_an_assumption_too_small_to_simulate_is_a_problem_of_the_scenario(written, least):
    """A period or a rate of nothing would not end in a run."""
    name = written.partition(":")[0]
    (complaint,) = complaints(changed(("name: Base", f"name: Base\nassumptions: {{{written}}}")))
    assert complaint == (
        f"s.yaml:3: assumptions.{name}: the value is too small to simulate; at least {least}"
    )


def test_a_horizon_beyond_a_century_is_refused():
    """Times are counted in 32 bits."""
    assert any(
        "horizon: the horizon is too far away; at most 36525 d, a century" in complaint
        for complaint in complaints(changed(("horizon: 60 d", "horizon: 36526 d")))
    )


def test_more_reporting_instants_than_memory_holds_are_refused():
    """Ten years by the minute are five million instants."""
    assert complaints(
        changed(
            ("horizon: 60 d", "horizon: 3650 d"),
            ("fleet:", "reporting: {interval: 1 min}\nfleet:"),
        )
    ) == [
        "s.yaml:5: reporting.interval: the interval is too short for this horizon; "
        "at least 1 h 45 min 8 s"
    ]


def test_an_assumption_too_large_to_simulate_is_a_problem_of_the_scenario():
    """Times are whole seconds that a processor can add."""
    text = changed(("name: Base", "name: Base\nassumptions: {evaluation_interval: 99999999999 d}"))
    (complaint,) = complaints(text)
    assert "the value is too large to simulate" in complaint


def test_every_seed_of_the_documented_range_is_read():
    """The largest has nineteen digits."""
    text = changed(("name: Base", "name: Base\nseed: 9223372036854775807"))
    assert loaded(text).seed == 2**63 - 1


@pytest.mark.parametrize("version", ["9.99", "5.00", "nonsense"])
def test_a_patch_to_no_version_of_the_client_is_a_problem(version):
    patch = f'{{at: 2 d, patch: {{client_version: "{version}"}}, on: [Pilot], within: 1 d}}'

    (problem,) = complaints(with_lines("plan", patch))

    assert problem.endswith(
        "plan[1].patch.client_version: not a version of the ConfigMgr client; such as '2403' or"
        " '5.00.9128'"
    )


@pytest.mark.parametrize("times", ["from: 5 d, until: 3 d", "from: 5 d, until: 5 d", "from: 500 d"])
def test_a_desk_that_never_works_is_a_problem(times):
    desk = f"support_desk: {{technicians: 1, {times}, repairs: {{clock_skew: 1 h}}}}\n"

    (problem,) = complaints(BASE + desk)

    assert "the desk never works: it starts at or after its end or the horizon" in problem


def test_a_start_that_is_too_late_is_one_problem_and_of_the_start():
    (problem,) = complaints(changed(("start: 2026-03-02", "start: 9999-12-31")))

    assert problem == "s.yaml:3: start: the start is not before the year 9990"


def test_a_start_before_there_were_computers_is_a_problem():
    (problem,) = complaints(changed(("start: 2026-03-02", "start: 0001-01-01")))

    assert problem == "s.yaml:3: start: the start is before the year 1980"
