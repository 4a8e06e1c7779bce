"""Scenario texts for tests: the example of the contract, a small base, and what is wrong."""

from pathlib import Path

from sim.errors import UnusableInput
from sim.language.types import Names
from sim.scenario.loader import load_text

EXAMPLE_FILE = Path(__file__).parent / "data" / "example.yaml"
EXAMPLE = EXAMPLE_FILE.read_text(encoding="utf-8")

BASE = """\
format: 1
name: Base
start: 2026-03-02 00:00
horizon: 60 d
fleet:
  generate: {devices: 20}
collections:
  - {name: Pilot, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - name: Onboard
    package: onboarding-a
plan:
  - {name: pilot, at: 1 d, deploy: Onboard, to: [Pilot]}
"""

NAMES = Names(
    collections=("Pilot", "Broad", "It's"),
    policies=("Onboard",),
    payloads=("a", "b"),
    packages=("script-b",),
    locations=("LON",),
    operating_systems=("windows-11-24h2", "server-2016"),
)


def changed(*changes, text=BASE):
    """Return *text* with each (old, new) of *changes* applied; each old must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def loaded(text=BASE, overrides=(), folder=None):
    return load_text(text, "s.yaml", folder, overrides).scenario


def complaints(text=BASE, overrides=(), folder=None):
    """Return the printed problems of a scenario; an empty list when it is fine."""
    try:
        load_text(text, "s.yaml", folder, overrides)
    except UnusableInput as error:
        return [str(problem) for problem in error.problems]
    return []
