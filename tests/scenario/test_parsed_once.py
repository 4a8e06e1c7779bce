"""Each expression of a scenario is parsed once, whatever reads it during a command."""

from collections import Counter

import pytest

from sim.cli import exit_code
from sim.language import expressions

SCENARIO = """\
format: 1
name: Parsed once
start: 2026-03-02 08:00
horizon: 10 d
replications: REPLICATIONS
fleet:
  generate: {devices: 12, mix: servers}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: All}
  - {name: calm, when: failed_pct < 50 for 2 h, pause: Onboard}
  - {name: started, when: onboarded > 3, resume: Onboard}
expect:
  - coverage_pct at end >= 1
  - {expr: probability (coverage_pct at end >= 2) >= 0.1, confidence: 50 %}
"""
EXPRESSIONS = (
    "failed_pct < 50 for 2 h",
    "onboarded > 3",
    "coverage_pct at end >= 1",
    "probability (coverage_pct at end >= 2) >= 0.1",
)


@pytest.mark.parametrize("replications", [1, 3])
@pytest.mark.parametrize("command", ["run", "check", "lint"])
def test_each_expression_is_parsed_once(tmp_path, monkeypatch, command, replications):
    """One parse each in `run`, `check` and `lint`, of one replication or several."""
    parsed = Counter()
    parse = expressions.parse

    def counting(text, *others):
        parsed[text] += 1
        return parse(text, *others)

    monkeypatch.setattr(expressions, "parse", counting)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.replace("REPLICATIONS", str(replications)), "utf-8")
    options = ["--jobs", "1"] if command in ("run", "check") else []

    assert exit_code([command, str(path), *options]) in (0, 4)  # 4: inconclusive in one run
    assert parsed == dict.fromkeys(EXPRESSIONS, 1)
