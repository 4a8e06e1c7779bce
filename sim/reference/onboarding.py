"""The decisions of the product in one place: the door that the kernel and the lint come through.

In the order in which a rollout meets them: what the site refuses (`refusals`), who may take part
and how (`routes`), which agents there are (`agents`), what stands in the way (`gates`).
"""

from sim.reference.agents import installs, mma_outdated, with_agent, without_mma
from sim.reference.decisions import Decision, DeviceTraits
from sim.reference.gates import (
    install_gates,
    last_valid_day,
    offboarding_gate,
    organization_gate,
    payload_gate,
    registration_gates,
    removes_mma,
    serves,
    workspace_gate,
)
from sim.reference.refusals import (
    package_refusal,
    role_refusal,
    script_refusal,
    setting_refusal,
)
from sim.reference.routes import (
    ROUTE_OF_RULE,
    client_version_number,
    eligibility,
    is_out_of_support,
    route,
)

__all__ = [
    "ROUTE_OF_RULE",
    "Decision",
    "DeviceTraits",
    "client_version_number",
    "eligibility",
    "install_gates",
    "installs",
    "is_out_of_support",
    "last_valid_day",
    "mma_outdated",
    "offboarding_gate",
    "organization_gate",
    "package_refusal",
    "payload_gate",
    "registration_gates",
    "removes_mma",
    "role_refusal",
    "route",
    "script_refusal",
    "serves",
    "setting_refusal",
    "with_agent",
    "without_mma",
    "workspace_gate",
]
