"""Plan steps that the site refuses: wrong administrator, wrong package, too old a site."""

from collections.abc import Collection
from typing import Literal

from sim.reference.decisions import Decision
from sim.reference.routes import MDE_CLIENT_SINCE
from sim.reference.versions import client_version_number

FULL_ADMINISTRATOR = "Full Administrator"
"""The role that holds every right (PRE-3, PRE-4)."""
OPERATIONS_ADMINISTRATOR = "Operations Administrator"
"""The role that holds every right but security, which no plan step changes (PRE-4)."""
ENDPOINT_PROTECTION_MANAGER = "Endpoint Protection Manager"
"""The role that creates, updates and deploys policies (PRE-3)."""

Right = Literal["policies", "client_settings", "collections", "scripts"]
"""What a plan step changes, and so what its administrator must be allowed to change."""


def role_refusal(
    right: Right | None, roles: Collection[str], rights: Collection[str]
) -> Decision | None:
    """Refuse a plan step to an administrator who may not do it (PRE-3, PRE-4).

    Policies ask for *Endpoint Protection Manager*; client settings, collections and scripts for a
    right of their own. What has no *right* (patches, restarts, versions) asks for *Full
    Administrator* or *Operations Administrator*, who may do all that a plan can ask.
    """
    if FULL_ADMINISTRATOR in roles or OPERATIONS_ADMINISTRATOR in roles:
        return None
    if right == "policies":
        allowed, rule = ENDPOINT_PROTECTION_MANAGER in roles, "PRE-3"
    else:
        allowed, rule = right in rights, "PRE-4"
    return None if allowed else Decision(rule, cause="role_missing")


def role_needed(right: Right | None) -> str:
    """Return the role, or the role or right, that an administrator needs (PRE-3, PRE-4)."""
    if right == "policies":
        return ENDPOINT_PROTECTION_MANAGER
    return f"{FULL_ADMINISTRATOR} or the right {right}" if right else FULL_ADMINISTRATOR


def package_refusal(policy_kind: str, package_kind: str, package_method: str) -> Decision | None:
    """Refuse a package that a policy does not take, at creation and at `update` (UPL-3, POL-6)."""
    if package_method != "configuration_manager":
        return Decision("UPL-3", cause="package_method")
    if package_kind != policy_kind:
        return Decision("POL-6", cause="package_kind")
    return None


def script_refusal(package_kind: str, package_method: str) -> Decision | None:
    """Refuse a package whose script the one-time run does not take (UPD-9)."""
    if package_method != "group_policy":
        return Decision("UPD-9", cause="package_method")
    if package_kind != "onboarding":
        return Decision("UPD-9", cause="package_kind")
    return None


def setting_refusal(downlevel_client: str, site_version: str) -> Decision | None:
    """Refuse the MDE client as client setting on a site that does not know it yet (DWN-3)."""
    if downlevel_client != "mde_client" or client_version_number(site_version) >= MDE_CLIENT_SINCE:
        return None
    return Decision("DWN-3", cause="site_version")
