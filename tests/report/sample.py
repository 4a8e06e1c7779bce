"""A made-up run for the tests of the pictures and the report: round figures, no simulation."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from sim.accounts.content import PointLoad
from sim.accounts.desk import DeskAccount, TicketCounts, Times, WeekLoad
from sim.accounts.faults import FaultRate
from sim.accounts.parts import POINTS, Division, FleetPart
from sim.accounts.payloads import PayloadAccount, PayloadProgress, ScriptFailure, ScriptProgress
from sim.accounts.stages import StageTime
from sim.reference.causes import CAUSE_TABLE
from sim.report.data import AssumptionRow, PlanRow, ReportData
from sim.units import DAY, HOUR, WEEK

START = datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/London"))
HORIZON = 30 * DAY

CAUSES = {"workspace_missing": 201, "network_blocked": 24, "never_online": 30}


def expectation(text, outcome, found, observed=None, **further):
    """Return an expectation as `outcome_text` of `sim.text.expectations` gives it."""
    return {
        "text": text,
        "outcome": outcome,
        "observed": observed,
        "found": found,
        "short": found,
        **further,
    }


def summary(**changes):
    """Return the figures of `summary.json`, some of them changed."""
    figures = {
        "scenario": "Workspace key missing",
        "seed": 7,
        "replications": 1,
        "devices": 2000,
        "eligible": 1932,
        "targeted": 1900,
        "onboarded": 1645,
        "onboarded_pct": 86.6,
        "coverage_pct": 85.14,
        "protected": 1575,
        "protected_pct": 81.52,
        "offboarded": 0,
        "failed": 225,
        "waiting": 30,
        "not_targeted": 32,
        "not_eligible": 68,
        "causes": {**CAUSES, "not_targeted": 32, "os_not_supported": 68},
        "agents": {"none": 1700, "mde_client": 300},
        "payload_in_use": {"a": 1645},
        "console": {
            "onboarded": 1630,
            "onboarded_pct": 85.8,
            "gauge_pct": 88.1,
            "health": {"healthy": 1560, "agent_stopped": 20, "inactive": 50, "not_onboarded": 210},
        },
        "portal": {"onboarded": 1628, "inactive": 50},
        "time_to": {"50": 4 * DAY + 9 * HOUR, "90": None, "95": None},
        "events": 41234,
        "expectations": [
            expectation("coverage_pct at 30 d >= 95", "failed", "observed 85.14", 85.14),
            expectation(
                "failed{cause=network_blocked} at end <= 50", "passed", "observed 24", 24.0
            ),
            expectation("time to (coverage_pct >= 90) <= 40 d", "inconclusive", "no data"),
        ],
    }
    return {**figures, **changes}


def measures(horizon=HORIZON, eligible=1932):
    """Return measures of a rollout that levels off, by the hour."""
    rows = []
    for time in range(0, horizon + 1, HOUR):
        day = time / DAY
        for view, lag in (("device", 0.0), ("console", 0.6), ("portal", 0.9)):
            grown = max(0.0, day - 1.4 - lag)
            coverage = 5 * min(1.0, grown / 0.5) + 80.14 * (1 - 0.72 ** max(0.0, grown - 2))
            failed = 225 * (1 - 0.6 ** max(0.0, grown - 2))
            waiting = max(30.0, 1800 * (1 if day > 3.4 else 0.05) - coverage * 19.3 - failed)
            rows += [
                (time, "eligible", view, "", eligible),
                (time, "coverage_pct", view, "", coverage),
                (time, "failed", view, "", round(failed)),
                (time, "waiting", view, "", round(waiting)),
            ]
        if day > 2:
            lost = min(1.0, (day - 2) / 12)
            tiles = {"agent_stopped_pct": 1.1 * lost, "inactive_pct": 2.7 * lost}
            tiles["not_onboarded_pct"] = 11.4 + 60 * 0.7 ** (day - 2)
            tiles["gauge_pct"] = 100 - tiles["not_onboarded_pct"]
            tiles["healthy_pct"] = tiles["gauge_pct"] - 3.8 * lost
            rows += [(time, name, "console", "", value) for name, value in tiles.items()]
    return pd.DataFrame(rows, columns=["time", "measure", "view", "label", "value"])


def devices(groups=None):
    """Return one row a device: (how many, system, status, cause, rule, first part of the name)."""
    groups = groups or [
        (1150, "windows-11-24h2", "onboarded", "", "", "LT"),
        (395, "windows-10-22h2", "onboarded", "", "", "WS"),
        (100, "server-2022", "onboarded", "", "", "SRV"),
        (121, "server-2016", "failed", "workspace_missing", "MMA-2", "APP"),
        (80, "server-2012-r2", "failed", "workspace_missing", "DWN-3", "OLD"),
        (24, "windows-10-22h2", "failed", "network_blocked", "FLT-2", "FAR"),
        (30, "windows-11-24h2", "waiting", "never_online", "FLT-7", "GONE"),
        (32, "windows-11-24h2", "not_targeted", "not_targeted", "", "LAB"),
        (68, "windows-10-1607", "not_eligible", "os_not_supported", "OS-1", "KIOSK"),
    ]
    rows = [
        (f"{first}{n:05d}", system, status, cause, rule, None)
        for number, system, status, cause, rule, first in groups
        for n in range(1, number + 1)
    ]
    return pd.DataFrame(rows, columns=["name", "os", "status", "cause", "rule", "retired_at"])


def part(name, eligible, onboarded, failed=0, waiting=0, reached=None):
    """Return a part whose coverage grows evenly to what it is at the end; one in ten is silent."""
    end = 100 * onboarded / eligible
    coverage = tuple(end * n / (POINTS - 1) for n in range(POINTS))
    protected = onboarded - onboarded // 10
    return FleetPart(name, eligible, onboarded, protected, failed, waiting, reached, coverage)


def divisions():
    """Return the fleet cut by system and by collection."""
    instants = tuple(n * HORIZON // (POINTS - 1) for n in range(POINTS))
    whole = part("All devices", 1932, 1645, 225, 30)
    systems = (
        part("Windows 11", 1212, 1150, 0, 30, 5 * DAY),
        part("Windows 10", 419, 395, 24, 0, 6 * DAY),
        part("Server 2016", 121, 0, 121),
        part("Server 2012 R2", 80, 0, 80),
        part("Server 2022", 100, 100, 0, 0, 4 * DAY),
    )
    rings = (part("Pilot", 95, 93, 1, 1, 2 * DAY), part("Everybody but the pilot", 1837, 1552))
    return [
        Division("os", instants, whole, systems),
        Division("collection", instants, whole, rings, left_out=2),
    ]


def stages():
    """Return the time in some stages: one finished, one still going on, one both."""
    return [
        StageTime("poll", 1900, 1800, 3300, 1900 * 1900, 30, 26 * DAY, 780 * DAY),
        StageTime("content", 120, 11, 40, 120 * 15, 0, None, 0),
        StageTime("window", 0, None, None, 0, 7, 3 * DAY, 21 * DAY),
    ]


def points():
    """Return the loads of one location's own point and of the shared one."""
    hours = HORIZON // HOUR
    shared = tuple(2 * 10**9 if hour in (33, 34) else 0 for hour in range(hours))
    own = tuple(137_000_000 if hour == 34 else 0 for hour in range(hours))
    return [
        PointLoad("", 4, 30, shared, 900 * 10**9, 95),
        PointLoad("LON", 1, 1, own, 4_500_000_000, 2 * HOUR),
    ]


def faults():
    """Return three rates: of a cause, of one without an assumption of its own, of an event."""
    return [
        FaultRate("network_blocked", "registrations", "network_blocked_share", 1800, 54, 24),
        FaultRate("prerequisite_telemetry", "installs on Server 2012 R2", "", 80, 3, 0),
        FaultRate("agent_stopped", "onboarded devices", "sensor_decay_per_day", 1645, 25, 8),
    ]


def ticket_counts(**changes):
    """Return what became of ten tickets, some of it changed."""
    ends = {"repaired": 6, "not_found": 1, "closed": 1, "in_work": 1, "waiting": 1}
    fields = {"opened": 10, "taken": 8, **ends}
    times = {"wait": Times(2 * HOUR, 30 * HOUR, 3 * DAY), "turnaround": Times(DAY, DAY, DAY)}
    return TicketCounts(**{**fields, **times, "worked": 9 * HOUR, **changes})


def desk(**changes):
    """Return what a support desk of two did in two weeks, some of it changed."""
    fields = {
        "technicians": 2,
        "all": ticket_counts(),
        "by_cause": {
            "client_broken": ticket_counts(opened=8, closed=0, worked=8 * HOUR),
            "antivirus_disabled": ticket_counts(opened=2, repaired=0, worked=HOUR),
        },
        "weeks": [
            WeekLoad(1, 0, worked=9 * HOUR, available=9 * HOUR, waiting=4),
            WeekLoad(2, WEEK, worked=0, available=18 * HOUR, waiting=1),
        ],
        "cleared": 8 * DAY,
    }
    return DeskAccount(**{**fields, **changes})


def ticket_measures():
    """Return the measures of a desk's queue: 40 tickets, one less every half day."""
    rows = []
    for time in range(0, HORIZON + 1, HOUR):
        left = max(0, 40 - time // (DAY // 2))
        rows.append((time, "tickets_waiting", "device", "", left))
        rows.append((time, "tickets_in_work", "device", "", 2 if left else 1))
    return pd.DataFrame(rows, columns=["time", "measure", "view", "label", "value"])


def payload_course(name, used, pending=0, reverted=0, time_to=None):
    """Return a payload whose use grows evenly from none to what it is at the end."""
    use, wait = (tuple(share * n / 10 / 4 for n in range(11)) for share in (used, pending))
    reached = time_to or {50: None, 90: None, 95: None}
    return PayloadProgress(name, used, pending, reverted, reached, use, wait)


def payloads(**changes):
    """Return two payloads, a script, and why it failed; 400 devices are onboarded."""
    fields = {
        "instants": tuple(n * HORIZON // 10 for n in range(11)),
        "onboarded": 400,
        "payloads": [
            payload_course("b", 300, 40, time_to={50: 10 * DAY, 90: None, 95: None}),
            payload_course("a", 100, time_to={50: 0, 90: 0, 95: 0}),
        ],
        "scripts": [
            ScriptProgress("script-b", "b", 390, 340, 30, tuple(8.5 * n for n in range(11)))
        ],
        "failures": [
            ScriptFailure("script-b", "payload_not_eligible", "UPD-8", 30, ("server-2016",))
        ],
    }
    return PayloadAccount(**{**fields, **changes})


def report_data(**changes):
    """Return everything a report shows, some of it changed."""
    fields = {
        "name": "Workspace key missing",
        "question": "What happens to the servers when the policy carries no workspace key?",
        "start": START,
        "time_zone": "Europe/London",
        "horizon": HORIZON,
        "summary": summary(),
        "measures": measures(),
        "devices": devices(),
        "plan": [
            PlanRow(DAY + 9 * HOUR, "pilot", "step_done"),
            PlanRow(3 * DAY + 10 * HOUR, "everybody", "gate_opened"),
            PlanRow(3 * DAY + 10 * HOUR + 1, "everybody", "step_done"),
            PlanRow(12 * DAY, "new client setting", "step_refused", "role_missing", "PRE-4"),
            PlanRow(None, "clean up", ""),
        ],
        "divisions": divisions(),
        "stages": stages(),
        "points": points(),
        "faults": faults(),
        "remedies": CAUSE_TABLE,
        "assumptions": [
            AssumptionRow("slots", "20", "count", "assumption", text="Downloads at a time."),
            AssumptionRow("network_blocked_share", "3 %", "", "assumption"),
            AssumptionRow("sensor_decay_per_day", "0.05 %", "", "assumption"),
            AssumptionRow("inactive_after", "14 d", "", "ours (MON-3)", overridden=True),
        ],
        "provenance": {
            "fleetsim": "0.1.0",
            "seed": 7,
            "versions": {"numpy": "2.4.0", "simpy": "4.1.2"},
            "digests": {"scenario": "5e2c" * 16, "fleet": "b19a" * 16, "events": "77d0" * 16},
        },
        "notes": [
            "395 devices run Windows 10 22H2, whose support ended on 14 Oct 2025 (OS-3, warn).",
            "Server 2025 is later than the page and is taken as up-level (OS-5).",
        ],
    }
    return ReportData(**{**fields, **changes})
