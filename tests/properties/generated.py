"""Random scenarios over everything this version simulates, as texts that the loader reads."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from sim.reference.causes import CAUSES
from sim.reference.systems import OPERATING_SYSTEMS
from sim.runs.replication import Replication, event_table, run_replication
from sim.scenario.loader import load_text
from sim.units import DAY
from sim.vocabulary import (
    AGENTS,
    DEPLOYMENT_STATES,
    LEVELS,
    MEASURES,
    ROUTES,
    SAMPLE_SHARING,
    VIEWS,
)

COLLECTIONS = ("Everybody", "Some", "Older")
POLICIES = ("First", "Second", "Leave")
TRAITS = {
    "os": tuple(OPERATING_SYSTEMS),
    "client": ("active", "active", "active", "inactive", "broken", "none"),
    "managed_by": ("configmgr", "configmgr", "co_managed", "intune"),
    "client_version": ("2403", "5.00.9068", ""),
    "agent": AGENTS,
    "agent_version": ("10.20.18011", "10.20.18069", ""),
    "onboarded": ("false", "false", "true"),
    "organization": ("contoso", "contoso", "fabrikam", ""),
    "payload": ("a", "old", ""),
    "sensor_running": ("true", "true", "false"),
    "esu": ("true", "false", "2026-10-12", ""),
    "fully_updated": ("true", "false", ""),
    "telemetry_update": ("true", "false", ""),
    "servicing_stack": ("2021-09-14", "2020-01-01", ""),
    "antivirus": ("enabled", "disabled", "outdated", "not_installed", ""),
    "dotnet": ("true", "false", ""),
    "clock_ok": ("true", "false", ""),
    "network": ("ok", "ok", "blocked", ""),
    "restart_pending": ("false", "false", "true"),
    "location": ("LON", "PAR"),
    "chassis": ("laptop", "desktop", ""),
    "presence": ("always_on", "always_on", "office", "office", "rare", "off", ""),
    "last_contact": ("", "", "2026-03-26 09:00", "2026-02-01 09:00"),
    "joined_at": ("", "", "", "2026-03-29 12:00", "2026-10-11 01:30"),
    "retired_at": ("", "", "", "2026-04-01 12:00", "2026-10-12 17:00"),
}


@dataclass(frozen=True)
class Case:
    """A scenario and its fleet table."""

    scenario: dict[str, object]
    fleet: str

    def run(self, **changes: object) -> Replication:
        """Rehearse the scenario, some of its top-level keys changed."""
        with TemporaryDirectory() as folder:
            Path(folder, "fleet.csv").write_text(self.fleet, "utf-8")
            text = json.dumps({**self.scenario, **changes})
            return run_replication(load_text(text, "scenario.yaml", Path(folder)))


def rows_of(run: Replication) -> list[dict[str, object]]:
    """Return the log's rows in words."""
    rows: list[dict[str, object]] = event_table(run.log).to_pylist()
    return rows


def fleets(devices: int = 10) -> st.SearchStrategy[str]:
    device = st.fixed_dictionaries({name: st.sampled_from(words) for name, words in TRAITS.items()})

    def table(rows: list[dict[str, str]]) -> str:
        """Return the table; the first two devices are there all the time, so that somebody is."""
        rows = [row | ({"joined_at": "", "retired_at": ""} if n < 2 else {})
                for n, row in enumerate(rows)]  # fmt: skip
        lines = [",".join(("name", *TRAITS))]
        lines += [
            ",".join((f"PC-{n:02d}", *(row[trait] for trait in TRAITS)))
            for n, row in enumerate(rows)
        ]
        return "\n".join(lines) + "\n"

    return st.lists(device, min_size=1, max_size=devices).map(table)


def _filters(measure: str) -> st.SearchStrategy[str]:
    values = {
        "collection": COLLECTIONS,
        "policy": POLICIES,
        "os": ("windows-11-24h2", "server-2016"),
        "level": LEVELS,
        "route": ROUTES,
        "location": ("LON", "PAR"),
        "cause": CAUSES,
        "payload": ("a", "b"),
        "package": ("package-a",),
        "agent": AGENTS,
        "choice": SAMPLE_SHARING,
        "state": DEPLOYMENT_STATES,
    }
    labels = ["collection", "policy", "os", "level", "route", "location"]
    own = MEASURES[measure].label
    labels += [own] * 3 if own else []
    one = st.sampled_from(labels).flatmap(
        lambda label: st.tuples(
            st.just(label), st.sampled_from(("=", "!=")), st.sampled_from(values[label])
        )
    )
    chosen = st.lists(one, max_size=2, unique_by=lambda part: part[0])
    return chosen.map(lambda parts: ", ".join(f"{a}{b}'{c}'" for a, b, c in parts))


@st.composite
def series_texts(draw: st.DrawFn) -> str:
    measure = draw(st.sampled_from(tuple(MEASURES)))
    view = draw(st.sampled_from(("", *VIEWS)))
    inside = draw(_filters(measure))
    return (f"{view}." if view else "") + measure + (f"{{{inside}}}" if inside else "")


@st.composite
def gates(draw: st.DrawFn) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        comparator = draw(st.sampled_from(("<", "<=", ">", ">=", "!=")))
        hold = draw(st.sampled_from(("", "", " for 12 h")))
        parts.append(f"{draw(series_texts())} {comparator} {draw(st.integers(0, 6))}{hold}")
    return draw(st.sampled_from((" and ", " or "))).join(parts)


@st.composite
def _steps(draw: st.DrawFn, number: int, days: int, with_gates: bool) -> dict[str, object]:
    policy = draw(st.sampled_from(POLICIES))
    groups = draw(st.lists(st.sampled_from(COLLECTIONS), min_size=1, max_size=2, unique=True))
    state = st.sampled_from(("present", "absent", "wrong"))
    kinds: tuple[dict[str, object], ...] = (
        {"deploy": policy, "to": groups},
        {"deploy": policy, "to": groups},
        {"undeploy": policy, "from": groups},
        {"set_workspace": policy, "id": draw(state), "key": draw(state)},
        {"set_client_setting": "New", "downlevel_client": draw(st.sampled_from(DOWNLEVEL))},
        {"patch": draw(st.sampled_from(PATCHES)), "on": groups, "within": "36 h"},
        {"restart": groups, "within": "12 h"},
        {"pause": policy},
        {"resume": policy},
    )
    step: dict[str, object] = {"name": f"s{number}", **draw(st.sampled_from(kinds))}
    seconds = draw(st.integers(0, days * DAY - 2))
    timing = draw(st.sampled_from(("at", "at", "after", "when")))
    if timing == "after" and number:
        step["after"] = f"s{draw(st.integers(0, number - 1))} + {seconds // 4} s"
    elif timing == "when" and with_gates:
        ending = draw(st.sampled_from(("stop", "skip", "proceed")))
        step |= {"when": draw(gates()), "otherwise": {"after": f"{seconds + 1} s", "do": ending}}
    else:
        step["at"] = f"{seconds} s"
    return step


DOWNLEVEL = ("mma", "mde_client")
PATCHES: tuple[dict[str, object], ...] = (
    {"network": "ok"},
    {"dotnet": True, "antivirus": "enabled"},
    {"client": "active"},
    {"presence": "always_on"},
    {"presence": "office"},
    {"location": "PAR"},
    {"restart_pending": True},
    {"managed_by": "co_managed"},
    {"agent": "mde_client"},
    {"agent": "none"},
    {"network": "blocked"},
    {"client": "broken"},
    {"os": "windows-11-25h2"},
    {"os": "server-2019"},
)


WINDOWS: tuple[list[dict[str, object]], ...] = (
    [],
    [],
    [{"collection": "Older", "weekly": "Sunday 01:00", "length": "3 h"}],
    [
        {"collection": "Older", "weekly": "Saturday 22:00", "length": "20 min"},
        {"collection": "Some", "weekly": "Monday 10:00", "length": "1 h"},
    ],
)


@st.composite
def cases(draw: st.DrawFn, with_gates: bool = True) -> Case:
    first = {"name": "s0", "at": "0 s", "deploy": "First", "to": ["Everybody"]}
    days = draw(st.integers(1, 12))
    others = [
        draw(_steps(number, days, with_gates)) for number in range(1, draw(st.integers(2, 7)))
    ]
    workspace = st.sampled_from(("present", "absent", "wrong"))
    packages = [
        {"name": f"package-{letter}", "payload": letter, "organization": "contoso"}
        for letter in "ab"
    ]
    packages.append({"name": "farewell", "kind": "offboarding", "organization": "contoso"})
    scenario: dict[str, object] = {
        "format": 1,
        "name": "Generated",
        "start": draw(st.sampled_from(("2026-10-09 00:00", "2026-03-27 08:00"))),
        "horizon": f"{days} d",
        "seed": draw(st.integers(0, 50)),
        "site": {
            "version": draw(st.sampled_from(("2403", "2203"))),
            "subscription": draw(st.sampled_from((True, True, True, False))),
            "organization": "contoso",
            "time_zone": "Europe/London",
        },
        "locations": [
            {"name": "LON", "distribution_point": {"slots": 1, "megabits_per_second": 1}},
            {"name": "PAR", "time_zone": "Europe/Paris"},
        ],
        "fleet": {"import": {"file": "fleet.csv"}},
        "rules": {
            "end_of_support": draw(st.sampled_from(("enforce", "warn"))),
            "evaluation_outside_windows": draw(st.booleans()),
            "inactive_after": draw(st.sampled_from(("7 d", "2 d"))),
        },
        "maintenance_windows": draw(st.sampled_from(WINDOWS)),
        "collections": [
            {"name": "Everybody", "members": "managed"},
            {"name": "Some", "limit_to": "Everybody", "sample": "50 %"},
            {
                "name": "Older",
                "members": "os in ['server-2012-r2', 'server-2016', 'windows-8.1']"
                " and agent != 'mde_client'",
                "evaluation": draw(st.sampled_from(("incremental", "scheduled"))),
            },
        ],
        "client_settings": [
            {
                "name": "New",
                "collection": "Older",
                "priority": 1,
                "downlevel_client": draw(st.sampled_from(DOWNLEVEL)),
            }
        ],
        "packages": packages,
        "policies": [
            {
                "name": "First",
                "package": "package-a",
                "workspace": {"id": draw(workspace), "key": draw(workspace)},
                "sample_sharing": draw(st.sampled_from(SAMPLE_SHARING)),
            },
            {"name": "Second", "package": "package-b", "workspace": "swapped"},
            {"name": "Leave", "kind": "offboarding", "package": "farewell"},
        ],
        "plan": [first, *others],
        "faults": draw(st.sampled_from(("drawn", "none"))),
        "reporting": {"interval": draw(st.sampled_from(("6 h", "5 h 30 min", "24 h")))},
    }
    return Case(scenario, draw(fleets()))
