"""Random scenarios in which lint has much to say: old systems, few policies, every kind of step."""

import csv
import io

from hypothesis import strategies as st

from sim.units import DAY
from tests.properties.generated import TRAITS, Case, cases, gates

SYSTEMS = ("windows-8.1", "server-2012-r2", "server-2016", "windows-11-24h2", "windows-10-1803")
EDITS: tuple[dict[str, object], ...] = (
    {"exclude": "Some", "from": "Wide"},
    {"exclude": "Older", "from": "Wide"},
    {"include": "Some", "in": "Wide"},
    {"include": "Older", "in": "Wide"},
    {"remove_collection": "Some"},
    {"update": "First", "package": "package-b"},
    {"update": "First", "package": "streamlined"},
    {"update": "First", "package": "script-b"},
    {"run_script": "script-b", "on": ["Some"]},
    {"run_script": "script-b", "on": ["Wide"]},
    {"remove_script": "script-b", "from": ["Some"]},
    {"set_site_version": "2403"},
    {"set_site_version": "2203"},
    {"set_client_version": "2403", "on": ["Wide"]},
    {"deploy": "First", "to": ["Wide"]},
    {"deploy": "First", "to": ["Working"]},
    {"deploy": "Good", "to": ["Some"]},
    {"deploy": "Good", "to": ["Wide"]},
    {"deploy": "Good", "to": ["Working"]},
    {"undeploy": "First", "from": ["Wide"]},
    {"undeploy": "First", "from": ["Everybody"]},
    {"set_client_version": "2203", "on": ["Some"]},
    {"pause": "First"},
    {"deploy": "Leave", "to": ["Some"]},
    {"set_workspace": "First", "id": "present", "key": "present"},
    {"set_workspace": "First", "key": "absent"},
    {"set_client_setting": "New", "downlevel_client": "mde_client"},
    {"patch": {"antivirus": "enabled", "servicing_stack": "2025-01-01"}, "on": ["Wide"],
     "within": "1 d"},
    {"patch": {"network": "ok", "dotnet": True}, "on": ["Older"], "within": "1 h"},
    {"patch": {"restart_pending": True}, "on": ["Some"], "within": "1 h"},
    {"patch": {"client": "none"}, "on": ["Some"], "within": "1 h"},
)  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Case:
    """Return a case with steps of every kind over older systems."""
    case = draw(cases())
    scenario = dict(case.scenario)
    days = int(str(scenario["horizon"]).removesuffix(" d"))
    scenario["packages"] = [
        *scenario["packages"],
        {"name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy"},
        {"name": "streamlined", "payload": "b", "organization": "contoso",
         "connectivity": "streamlined"},
    ]  # fmt: skip
    wide = {"name": "Wide", "members": "managed"}
    if draw(st.booleans()):
        wide["members"] = "not restart_pending or os != 'server-2016'"
    working = {"name": "Working", "members": draw(st.sampled_from(QUERIES))}
    servers = {"name": "Servers", "members": "os in ['server-2012-r2', 'server-2016']"}
    scenario["collections"] = [*scenario["collections"], wide, working, servers]
    if draw(st.booleans()):
        setting = {**scenario["client_settings"][0], "collection": "Servers"}
        scenario["client_settings"] = [setting]
    good = {"name": "Good", "package": "package-a", "workspace": VALUES}
    first, *others = scenario["policies"]
    absent = {**first, "workspace": {"id": "present", "key": "absent"}}
    scenario["policies"] = [draw(st.sampled_from((first, absent))), *others, good]
    poll, contact = draw(st.sampled_from(("60 min", "24 h"))), draw(st.sampled_from(("5 d", "1 d")))
    scenario["assumptions"] = {"policy_poll_interval": poll, "client_return_mean": contact}
    scenario["plan"] = [
        {"name": "s0", "at": "0 s", "deploy": "First", "to": [draw(st.sampled_from(WHERE))]},
        *(draw(_steps(number, days)) for number in range(1, draw(st.integers(1, 6)))),
    ]
    if draw(st.booleans()):
        scenario["support_desk"] = draw(st.sampled_from(DESKS))
    scenario["site"] = {**scenario["site"], "subscription": True}
    return Case(scenario, draw(_fleets()))


DESKS = (
    {"technicians": 2, "repairs": {"network_blocked": "1 h", "client_broken": "1 h"}},
    {"technicians": 1, "from": "1 h", "hours": "00:00-24:00", "repairs": {
        "antivirus_disabled": "5 min", "antivirus_outdated": "5 min",
        "antivirus_not_installed": "5 min", "prerequisite_servicing_stack": "5 min",
        "prerequisite_telemetry": "5 min", "dotnet_missing": "5 min", "clock_skew": "5 min",
        "agent_outdated": "5 min", "restart_pending": "5 min", "network_blocked": "5 min"}},
)  # fmt: skip

WHERE = ("Everybody", "Wide", "Some", "Working")
QUERIES = (
    "client == 'active'",
    "agent == 'none' or os == 'windows-11-24h2'",
    "restart_pending",
    "os in ['windows-8.1', 'server-2016']",
)
VALUES = {"id": "present", "key": "present"}


@st.composite
def _steps(draw: st.DrawFn, number: int, days: int) -> dict[str, object]:
    step: dict[str, object] = {"name": f"s{number}", **draw(st.sampled_from(EDITS))}
    seconds = draw(st.integers(0, days * DAY - 2))
    timing = draw(st.sampled_from(("at", "at", "at", "after", "when")))
    if timing == "after":
        step["after"] = f"s{draw(st.integers(0, number - 1))} + {seconds // 2} s"
    elif timing == "when":
        ending = draw(st.sampled_from(("stop", "skip", "proceed")))
        text = draw(st.one_of(gates(), st.sampled_from(GATES)))
        step |= {"when": text, "otherwise": {"after": f"{seconds + 1} s", "do": ending}}
    else:
        step["at"] = f"{seconds} s"
    return step


GATES = (
    "onboarded_pct{collection=Wide} >= 60 for 6 h",
    "onboarded_pct{collection=Some} >= 95",
    "failed_pct{policy=First} < 20 for 12 h",
    "coverage_pct >= 50 and failed_pct < 10",
    "failed{cause=workspace_missing} == 0 for 24 h or onboarded >= 3",
    "onboarded >= 2",
    "onboarded{collection=Working} >= 1",
    "onboarded_pct{collection=Working} >= 50",
    "coverage_pct{collection!=Some} >= 90 for 1 h",
    "device.failed_pct < 50",
    "failed{policy=Good} < 2 and onboarded_pct{os=server-2016} > 0",
    "coverage_pct{level=down_level} >= 10",
)


@st.composite
def _fleets(draw: st.DrawFn) -> str:
    words = {
        **TRAITS,
        "os": SYSTEMS,
        "client": ("active",) * 6 + ("broken", "inactive", "inactive"),
        "managed_by": ("configmgr",),
        "presence": ("always_on",) * 5 + ("office", "off"),
        "onboarded": ("false",) * 5 + ("true",),
        "organization": ("contoso", "contoso", "fabrikam"),
        "network": ("ok", "ok", "ok", "blocked"),
        "joined_at": ("",) * 6 + ("2026-03-29 12:00",),
        "retired_at": ("",) * 6 + ("2026-04-01 12:00",),
    }
    text = io.StringIO()
    table = csv.DictWriter(text, ("name", *words), lineterminator="\n")
    table.writeheader()
    for number in range(draw(st.integers(3, 12))):
        row = {trait: draw(st.sampled_from(choices)) for trait, choices in words.items()}
        table.writerow({"name": f"PC-{number:02d}", **row})
    return text.getvalue()
