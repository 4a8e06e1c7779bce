"""The closed lists of the public surface: statuses, events, measures and their labels.

The order matters: the log stores positions. A list may be extended; an entry is never renamed
silently. The causes are in `sim.reference.causes`. Imports nothing of fleetsim.
"""

from dataclasses import dataclass

LEVELS = ("up_level", "down_level", "none")
ROUTES = ("config_file", "mde_client", "mma", "none")
AGENTS = ("none", "mma", "mde_client", "mma_and_mde_client")
SAMPLE_SHARING = ("none", "all_file_types")
DEPLOYMENT_STATES = ("compliant", "failed", "conflict", "unknown")
VIEWS = ("device", "console", "portal")
PRODUCT_TYPES = ("client", "server", "domain_controller")
EDITIONS = (
    "enterprise",
    "education",
    "pro",
    "home",
    "iot",
    "ltsc",
    "standard",
    "datacenter",
    "multi_session",
)
CHASSIS = ("laptop", "desktop", "server", "virtual")
MANAGED_BY = ("configmgr", "intune", "co_managed")
CLIENTS = ("active", "inactive", "broken", "none")
PRESENCES = ("always_on", "office", "rare", "off")
ANTIVIRUS = ("enabled", "disabled", "outdated", "not_installed")
NETWORKS = ("ok", "blocked")
ELAM_DRIVERS = ("enabled", "disabled")
SENSORS = ("present", "absent")

STATUSES = ("not_eligible", "offboarded", "onboarded", "not_targeted", "failed", "waiting")
"""A device has the first status in this order that fits it."""

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
    "contact_lost",
    "contact_restored",
    "portal_removed",
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


_OWN_LABELS = {
    "eligible": None,
    "targeted": None,
    "policy_applied": None,
    "onboarded": None,
    "protected": None,
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
    "onboarded_pct": None,
    "coverage_pct": None,
    "protected_pct": None,
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
"""The own label of each measure beside SLICES; the name of a percentage ends in `_pct`."""

MEASURES = {
    name: Measure(name, name.endswith("_pct"), label) for name, label in _OWN_LABELS.items()
}
"""Every measure by name, in the order in which results list them."""
