"""A small rollout, and a larger one that is shipped, for the tests of the Python interface."""

TEXT = """\
format: 1
name: Small rollout
start: 2026-03-02 08:00
horizon: 10 d
seed: 7
faults: none
site: {time_zone: Europe/London}
fleet:
  generate: {devices: 30, mix: servers}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: absent}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: [All]}
expect:
  - coverage_pct at end >= 99
"""
