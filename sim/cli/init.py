"""The scenario that `fleetsim init` writes: small, complete, commented, and without problems.

`fleetsim init` and `fleetsim schema`: how a scenario begins.
"""

import os
from pathlib import Path

import click

from sim.cli.console import say

_STARTER = """\
# yaml-language-server: $schema=./schema.json
# A question about a rollout, as a file. Change it and run it again:
#   fleetsim run scenario.yaml
format: 1
name: Pilot, then everybody
question: Do 85 % of the eligible devices show as onboarded within three weeks?
start: 2026-03-02 08:00            # the site's wall clock; support ends and files expire by it
horizon: 30 d                      # durations carry a unit: 90 min, 36 h, 14 d
seed: 1                            # the same seed gives the same run
# replications: 20               # twenty runs that differ in luck alone: dates with a probability

site:
  version: "2403"                  # in quotation marks, or YAML reads a number
  time_zone: Europe/London

fleet:
  generate:
    devices: 200
    mix: enterprise-2026           # or a table of systems: {windows-11-24h2: 60 %, ...}
  # Your own devices instead, exported to a table:
  # import: {file: devices.csv}

collections:
  - {name: All endpoints, members: managed}
  - {name: Pilot, limit_to: All endpoints, sample: 10 %}
  - {name: Broad, limit_to: All endpoints, exclude: [Pilot]}
  - {name: Older servers, members: "os in ['server-2012-r2', 'server-2016']"}

# These servers take the newer agent only where a client setting says so; others fall back to
# the older one, which needs the workspace values below.
client_settings:
  - {name: New agent, collection: Older servers, priority: 1, downlevel_client: mde_client}

packages:                          # what was downloaded from the portal
  - {name: onboarding-package, organization: contoso}

policies:
  - name: Onboard
    package: onboarding-package
    # Never the values themselves: present, absent, wrong, or {env: NAME OF A VARIABLE}.
    workspace: {id: present, key: present}

plan:
  - {name: pilot, at: 1 d 09:00, deploy: Onboard, to: Pilot}
  # The gate opens once the pilot has done well for a day; after 14 d the plan stops.
  - name: everybody
    when: "onboarded_pct{collection='Pilot'} >= 80 for 24 h"
    deploy: Onboard
    to: Broad
    otherwise: {after: 14 d, do: stop}

# drawn: clients are broken, installs fail, networks block, each by chance, as in an ordinary fleet.
# none: nothing happens by chance, and whatever still fails, fails by the rules of the product.
faults: drawn

expect:
  - coverage_pct at 21 d >= 85
  - failed{cause=workspace_missing} at end == 0
"""


def starter() -> str:
    """Return the text of a commented starter scenario that loads without problems."""
    return _STARTER


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init_command(folder: Path) -> None:
    """Write a starter scenario and its schema into FOLDER.

    The scenario is commented and runs as it is; editors use the schema to complete what you
    write. Nothing that is there already is overwritten.
    """
    from sim.errors import Problem, UnusableInput
    from sim.files import write_text_whole

    texts = {folder / "schema.json": _schema_text(), folder / "scenario.yaml": starter()}
    problems = [
        Problem(f"{path} exists already", expected="name another folder; it is not touched")
        for path, text in texts.items()
        if _is_another(path, text)
    ]
    if problems:
        raise UnusableInput(problems)
    for path, text in texts.items():
        write_text_whole(path, text)
    scenario = folder / "scenario.yaml"
    say(f"Wrote {scenario}. Next: fleetsim run {scenario}")


def _is_another(path: Path, text: str) -> bool:
    """Whether something stands at *path* that must not be lost; the same schema may stand there."""
    if path.name != "schema.json":
        return os.path.lexists(path)
    try:
        return path.read_text("utf-8") != text
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return os.path.lexists(path)


@click.command()
def schema_command() -> None:
    """Print the JSON Schema of scenario files."""
    click.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    import json

    from sim.scenario.schema import scenario_schema

    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
