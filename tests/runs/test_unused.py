"""The list of assumptions without effect is true."""

from collections.abc import Mapping

from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.systems import OPERATING_SYSTEMS
from sim.runs import preparation
from sim.runs.notes import UNUSED_ASSUMPTIONS
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text

EVERYTHING_THAT_IS_SIMULATED = """\
format: 1
name: Every system by every route
start: 2026-03-02 00:00
horizon: 40 d
fleet: {import: {file: devices.csv}}
collections:
  - {name: All, members: managed}
  - {name: New, members: "location == 'new'"}
client_settings:
  - {name: New agent, collection: New, priority: 1, downlevel_client: mde_client}
packages:
  - {name: a, organization: contoso}
  - {name: script, payload: b, organization: contoso, method: group_policy}
policies:
  - {name: Onboard, package: a, workspace: {id: present, key: present}}
plan:
  - {at: 1 d, deploy: Onboard, to: [All]}
  - {at: 20 d, run_script: script, on: [All]}
  - {at: 22 d, set_client_version: "2403", on: [All]}
assumptions:
  service_start_failure_share: 100 %
  service_start_retry_share: 100 %
  install_failure_share: 50 %
"""


class Asked(Mapping[str, int]):
    """Assumptions that remember which of them were asked for."""

    def __init__(self, values):
        self.values_, self.asked = values, set()

    def __getitem__(self, name):
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self):
        raise AssertionError("assumptions are asked for by name")

    def __len__(self):
        return len(self.values_)


def test_an_assumption_is_either_asked_for_or_listed_as_unused(tmp_path, monkeypatch):
    rows = "".join(
        f"{system}/{where}/{n},{system},{where}\n"
        for system in OPERATING_SYSTEMS
        for where in ("old", "new")
        for n in range(6)
    )
    (tmp_path / "devices.csv").write_text(f"name,os,location\n{rows}")
    values = preparation.assumed_values
    made = []

    def remembered(scenario):
        made.append(Asked(values(scenario)))
        return made[-1]

    monkeypatch.setattr(preparation, "assumed_values", remembered)

    run_replication(load_text(EVERYTHING_THAT_IS_SIMULATED, "s.yaml", tmp_path))

    (assumed,) = made
    assert set(ASSUMPTIONS) - assumed.asked == set(UNUSED_ASSUMPTIONS)
