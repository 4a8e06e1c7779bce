"""Small projects that opt in: a folder `plans` with scenarios of a dozen computers."""

BASE = """\
format: 1
name: Small plan
start: 2026-03-02 00:00
horizon: 4 d
seed: 7
faults: none
fleet:
  generate: {devices: 12, mix: {windows-11-24h2: 100 %}}
collections:
  - {name: All, members: managed}
packages:
  - {name: p, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: p}
plan:
  - {name: everybody, at: 1 d, deploy: Onboard, to: [All]}
"""
FIRST_LINE = BASE.count("\n") + 2
"""Of what is expected."""

INI = """\
[pytest]
fleetsim_paths = plans
xfail_strict = true
filterwarnings = default
markers =
    slow: takes long
"""

HOLDS = "coverage_pct at end == 100"
FAILS = "coverage_pct at 1 d >= 50"
EMPTY = "onboarded_pct at 1 h <= 100"
"""Nobody is targeted in the first hour: a percentage of nothing."""

COUNTING = """\
import os
import sim.runs.replication as rehearsal

simulate = rehearsal.simulate

def counted(prepared, *others, **options):
    with open({file!r}, "a") as file:
        file.write(f"{{os.getpid()}} {{prepared.scenario.name}}\\n")
    return simulate(prepared, *others, **options)

rehearsal.simulate = counted
"""
"""A conftest.py that leaves a line in a file for every simulation, in whatever process."""


def scenario(*expect: str, **further: object) -> str:
    """Return the text of a scenario; what it expects is written in either form."""
    written = "".join(f"{key}: {value}\n" for key, value in further.items())
    return BASE + _expect(expect) + written


def long_form(expr: str, **further: str) -> str:
    """Return an expectation in its long form."""
    return "{" + ", ".join([f"expr: {expr}", *(f"{k}: {v}" for k, v in further.items())]) + "}"


def _expect(expect: tuple[str, ...]) -> str:
    return "expect:\n" + "".join(f"  - {one}\n" for one in expect) if expect else ""
