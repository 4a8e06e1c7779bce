"""The closed lists of the public surface: statuses, causes, events, measures and their labels.

The order matters: of several causes the first in CAUSES counts, and the log stores positions. A
list may be extended; an entry is never renamed silently. Imports nothing of fleetsim.
"""

from dataclasses import dataclass

LEVELS = ("up_level", "down_level", "none")
ROUTES = ("config_file", "mde_client", "mma", "none")
AGENTS = ("none", "mma", "mde_client", "mma_and_mde_client")
SAMPLE_SHARING = ("none", "all_file_types")
DEPLOYMENT_STATES = ("compliant", "failed", "conflict", "unknown")
VIEWS = ("device", "console", "portal")
PRODUCT_TYPES = ("client", "server", "domain_controller")
EDITIONS = ("enterprise", "education", "pro", "home", "iot", "ltsc", "standard", "datacenter")
CHASSIS = ("laptop", "desktop", "server", "virtual")
MANAGED_BY = ("configmgr", "intune", "co_managed")
CLIENTS = ("active", "inactive", "broken", "none")
PRESENCES = ("always_on", "office", "rare", "off")
ANTIVIRUS = ("enabled", "disabled", "outdated", "not_installed")
NETWORKS = ("ok", "blocked")

STATUSES = ("not_eligible", "offboarded", "onboarded", "not_targeted", "failed", "waiting")
"""A device has the first status in this order that fits it."""

CAUSES = (
    "subscription_missing",
    "not_managed",
    "os_not_supported",
    "os_out_of_support",
    "client_inactive",
    "client_broken",
    "policy_conflict",
    "workspace_missing",
    "workspace_swapped",
    "workspace_wrong",
    "prerequisite_telemetry",
    "prerequisite_universal_crt",
    "prerequisite_servicing_stack",
    "prerequisite_cumulative_update",
    "antivirus_disabled",
    "antivirus_outdated",
    "antivirus_not_installed",
    "dotnet_missing",
    "restart_pending",
    "install_failed",
    "agent_outdated",
    "clock_skew",
    "service_start_failed",
    "network_blocked",
    "other_organization",
    "offboarding_expired",
    "payload_not_eligible",
    "awaiting_collection",
    "awaiting_policy",
    "awaiting_evaluation",
    "awaiting_content",
    "awaiting_maintenance_window",
    "awaiting_install",
    "awaiting_script",
    "awaiting_restart",
    "awaiting_report",
    "never_online",
    "not_targeted",
)
"""Why a device is not as it should be; of several causes, the first in this list."""

REFUSALS = ("role_missing", "package_method", "package_kind", "site_version")
"""Why a plan step was refused."""

HEALTH = ("not_onboarded", "agent_stopped", "inactive", "healthy", "none")

DEVICE_EVENTS = (
    "joined",
    "retired",
    "member_added",
    "member_removed",
    "targeted",
    "untargeted",
    "policy_received",
    "policy_evaluated",
    "policy_applied",
    "policy_failed",
    "policy_conflict",
    "content_downloaded",
    "install_started",
    "install_skipped",
    "install_failed",
    "agent_installed",
    "agent_removed",
    "script_ran",
    "script_failed",
    "payload_received",
    "restarted",
    "payload_applied",
    "payload_reverted",
    "onboarded",
    "onboarding_failed",
    "offboarded",
    "offboarding_failed",
    "reported",
    "portal_seen",
    "agent_stopped",
    "agent_recovered",
    "went_inactive",
    "active_again",
    "remediated",
    "ticket_opened",
    "ticket_taken",
    "ticket_closed",
)
PLAN_EVENTS = ("step_done", "step_refused", "gate_opened", "gate_timed_out")
EVENTS = DEVICE_EVENTS + PLAN_EVENTS

SLICES = ("collection", "os", "level", "route", "location", "policy")
"""The labels by which every measure can be sliced."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number over time: how many devices, or what percentage of which."""

    name: str
    is_percentage: bool
    label: str | None
    """The measure's own label beside SLICES, such as `cause`; None when it has none."""


def _measures() -> dict[str, Measure]:
    counts = {
        "eligible": None,
        "targeted": None,
        "policy_applied": None,
        "onboarded": None,
        "offboarded": None,
        "failed": "cause",
        "waiting": "cause",
        "blocked": "cause",
        "healthy": None,
        "inactive": None,
        "agent_stopped": None,
        "not_onboarded": None,
        "payload_in_use": "payload",
        "payload_pending": "payload",
        "script_succeeded": "package",
        "agents": "agent",
        "sample_sharing": "choice",
        "deployment": "state",
        "tickets_waiting": "cause",
        "tickets_in_work": "cause",
        "remediated": "cause",
    }
    percentages = {
        "onboarded_pct": None,
        "coverage_pct": None,
        "gauge_pct": None,
        "failed_pct": "cause",
        "waiting_pct": "cause",
        "payload_in_use_pct": "payload",
        "script_succeeded_pct": "package",
        "healthy_pct": None,
        "inactive_pct": None,
        "agent_stopped_pct": None,
        "not_onboarded_pct": None,
    }
    table = {name: Measure(name, False, label) for name, label in counts.items()}
    table.update({name: Measure(name, True, label) for name, label in percentages.items()})
    return table


MEASURES = _measures()
"""Every measure by name, in the order in which results list them."""
