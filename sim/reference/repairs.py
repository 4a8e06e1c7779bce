"""What a technician can put right on a device, by the cause in the console (DWN-9, FLT-1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

CURRENT_UPDATE = date(2025, 10, 14)
"""Servicing stack and cumulative update after a repair."""

REPAIRS: Mapping[str, Mapping[str, Any]] = {
    "client_inactive": {"client": "active"},
    "client_broken": {"client": "active"},
    "prerequisite_telemetry": {"telemetry_update": True},
    "prerequisite_universal_crt": {"universal_crt": True},
    "prerequisite_servicing_stack": {"servicing_stack": CURRENT_UPDATE},
    "prerequisite_cumulative_update": {"cumulative_update": CURRENT_UPDATE},
    "antivirus_disabled": {"antivirus": "enabled"},
    "antivirus_outdated": {"antivirus": "enabled"},
    "antivirus_not_installed": {"antivirus": "enabled"},
    "dotnet_missing": {"dotnet": True},
    "restart_pending": {"restart_pending": False},
    "agent_outdated": {"agent_version": "10.20.18069"},
    "clock_skew": {"clock_ok": True},
    "network_blocked": {"network": "ok"},
}
"""The traits that a repair sets. Other causes are no matter of a single device: a policy, a client
setting or the plan has to change, or waiting helps."""
