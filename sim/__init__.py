"""fleetsim: rehearse a Defender for Endpoint rollout through Configuration Manager.

Read the package from the bottom up: units, errors and vocabulary; then reference (what the
product does), scenario (what the planner asks), fleet (who takes part), eventlog and tally,
kernel (what happens), analysis (what it means), output (how it is shown), cli (the door).
"""

__version__ = "0.1.0"
