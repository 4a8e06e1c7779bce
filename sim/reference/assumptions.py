"""Every number of the simulation that the product page does not give: value, range, source.

Durations are whole seconds and shares are parts per million, all integers, so that every comparison
is exact on every processor. A scenario overrides any of them by name. Where no source was found,
the source is `assumption`; `documented` means a vendor page, `field report` a published
measurement.
"""

from dataclasses import dataclass

from sim.units import DAY, HOUR, MINUTE

Row = tuple[str, int, str, int, int, str, str] | tuple[str, int, str, int, int, str, str, int]
"""The fields of an Assumption."""

_DOCUMENTED = "documented"
_FIELD = "field report"
_NONE = "assumption"

TIMING_ROWS: tuple[Row, ...] = (
    (
        "policy_poll_interval", 60 * MINUTE, "s", 3 * MINUTE, 24 * HOUR, _DOCUMENTED,
        "Time between two polls of client policy (TIM-1).", 1,
    ),
    (
        "missed_poll_window", 2 * MINUTE, "s", 0, 10 * MINUTE, _NONE,
        "A poll missed while off happens within this time of power-on (TIM-1).",
    ),
    (
        "state_message_interval", 15 * MINUTE, "s", 1 * MINUTE, 60 * MINUTE, _DOCUMENTED,
        "Time between two deliveries of state messages to the site (TIM-3).", 1,
    ),
    (
        "first_evaluation_window", 2 * HOUR, "s", 0, 2 * HOUR, _NONE,
        "A newly arrived policy is evaluated within this time (TIM-2).",
    ),
    (
        "evaluation_interval", 7 * DAY, "s", 1 * DAY, 31 * DAY, _DOCUMENTED,
        "Time between two evaluations of a policy that is already there (TIM-2).", MINUTE,
    ),
    (
        "missed_evaluation_window", 2 * HOUR, "s", 0, 2 * HOUR, _NONE,
        "An evaluation missed while off happens within this time of power-on (TIM-2).",
    ),
    (
        "script_window", 2 * HOUR, "s", 0, 2 * HOUR, _DOCUMENTED,
        "Required software starts within this time of its policy's arrival (TIM-7).",
    ),
    (
        "client_upgrade_window", 4 * HOUR, "s", 1 * HOUR, 7 * DAY, _NONE,
        "A new version of the ConfigMgr client is installed within this time of its policy's "
        "arrival, where no maintenance window binds the device (TIM-8).",
    ),
    (
        "install_retry_interval", 24 * HOUR, "s", 1 * HOUR, 7 * DAY, _NONE,
        "Time until a failed agent installation is tried again (TIM-2).", 1,
    ),
    (
        "collection_incremental_interval", 5 * MINUTE, "s", 5 * MINUTE, 60 * MINUTE, _DOCUMENTED,
        "Time between two incremental evaluations of a collection (TIM-4).", 1,
    ),
    (
        "collection_full_interval", 7 * DAY, "s", 1 * DAY, 7 * DAY, "general knowledge",
        "Time between two full evaluations of a collection by its own schedule (TIM-4).", 1,
    ),
    (
        "maintenance_window_minimum", 30 * MINUTE, "s", 5 * MINUTE, 3 * HOUR, _DOCUMENTED,
        "An agent installation needs this much time in a maintenance window (TIM-5).",
    ),
    (
        "sense_start_min", 24, "s", 1, 24, _DOCUMENTED,
        "Shortest time from the configuration file to a running, onboarded service.",
    ),
    (
        "sense_start_max", 72, "s", 25, 75, _DOCUMENTED,
        "Longest time from the configuration file to a running, onboarded service.",
    ),
    (
        "portal_delay_min", 5 * MINUTE, "s", 1 * MINUTE, 30 * MINUTE, _FIELD,
        "Shortest time from onboarding to the portal's listing (MON-4).",
    ),
    (
        "portal_delay_max", 30 * MINUTE, "s", 30 * MINUTE, 24 * HOUR, _FIELD,
        "Longest time from onboarding to the portal's listing on a good network (MON-4).",
    ),
    (
        "mma_portal_delay_max", 60 * MINUTE, "s", 30 * MINUTE, 24 * HOUR, _DOCUMENTED,
        "Longest time from registration to the portal's listing on the MMA route (MON-4).",
    ),
    (
        "mde_client_content", 137_000_000, "bytes", 100_000_000, 300_000_000, _FIELD,
        "Size of the MDE client's installer.",
    ),
    (
        "mma_content", 50_000_000, "bytes", 30_000_000, 100_000_000, _NONE,
        "Size of the MMA installer.",
    ),
    (
        "mde_client_install", 126, "s", 60, 60 * MINUTE, _FIELD,
        "Time the MDE client's installer takes.",
    ),
    ("mma_install", 60, "s", 30, 30 * MINUTE, _NONE, "Time the MMA installer takes."),
    (
        "content_megabits_per_second", 100, "Mbit/s", 2, 10_000, _NONE,
        "Line speed of each download at the default distribution point.", 1,
    ),
    (
        "content_slots", 20, "count", 1, 1_000, _NONE,
        "Parallel downloads at the default distribution point.",
        1,
    ),
    (
        "sensor_repair_mean", 10 * DAY, "s", 1 * DAY, 30 * DAY, _NONE,
        "Mean time until a stopped service runs again (FLT-6).", 1,
    ),
    (
        "client_return_mean", 60 * DAY, "s", 3 * DAY, 180 * DAY, _NONE,
        "Mean time until an inactive ConfigMgr client is active again (FLT-1).", 1,
    ),
    (
        "client_repair_mean", 60 * DAY, "s", 1 * DAY, 180 * DAY, _NONE,
        "Mean time until a broken ConfigMgr client is repaired (FLT-1).", 1,
    ),
    (
        "absence_mean", 10 * DAY, "s", 3 * DAY, 30 * DAY, _NONE,
        "Mean length of a long absence (FLT-7).", 1,
    ),
    (
        "working_day_start", 8 * HOUR + 30 * MINUTE, "s", 6 * HOUR, 10 * HOUR, _NONE,
        "Mean time of day at which an office computer is switched on.",
    ),
    (
        "working_day_start_spread", 1 * HOUR, "s", 0, 3 * HOUR, _NONE,
        "Standard deviation of the time of day at which an office computer is switched on.",
    ),
    (
        "working_day_length", 9 * HOUR, "s", 4 * HOUR, 14 * HOUR, _NONE,
        "How long an office computer is on during a working day.", 1,
    ),
    (
        "restart_interval_laptop", 5 * DAY, "s", 60 * HOUR, 10 * DAY, _NONE,
        "Median time between two restarts of a laptop that is used on every working day "
        "(UPD-1).", 1,
    ),
    (
        "restart_interval_desktop", 7 * DAY, "s", 84 * HOUR, 14 * DAY, _NONE,
        "Median time between two restarts of a desktop that is used on every working day "
        "(UPD-1).", 1,
    ),
    (
        "restart_interval_server", 30 * DAY, "s", 15 * DAY, 60 * DAY, _NONE,
        "Time between two restarts of a server for updates (UPD-1).", 1,
    ),
    (
        "update_restart_interval", 30 * DAY, "s", 7 * DAY, 60 * DAY, _NONE,
        "Time between two restarts of a workstation for updates (UPD-1).", 1,
    ),
)  # fmt: skip


FLEET_ROWS: tuple[Row, ...] = (
    # hardware, systems and management
    (
        "laptop_share", 700_000, "share", 500_000, 900_000, _NONE,
        "Clients that are laptops; the others are desktops.",
    ),
    (
        "virtual_server_share", 800_000, "share", 300_000, 1_000_000, _NONE,
        "Servers that are virtual machines.",
    ),
    (
        "domain_controller_share", 30_000, "share", 0, 100_000, _NONE,
        "Servers that are domain controllers.",
    ),
    (
        "pro_share", 100_000, "share", 0, 500_000, _NONE,
        "Clients of edition Pro; the others are Enterprise.",
    ),
    (
        "ltsc_share", 36_000, "share", 0, 100_000, _FIELD,
        "Windows 10 of a long-term servicing edition, if the release has one.",
    ),
    (
        "esu_share", 500_000, "share", 0, 1_000_000, _NONE,
        "Systems past their ordinary support that are in Extended Security Updates (OS-3).",
    ),
    (
        "co_managed_share", 250_000, "share", 0, 1_000_000, _NONE,
        "Windows 10 and 11 that Intune manages as well.",
    ),
    (
        "intune_only_share", 0, "share", 0, 300_000, _NONE,
        "Windows 10 and 11 that only Intune manages (PRE-5).",
    ),
    (
        "client_inactive_share", 60_000, "share", 30_000, 150_000, _NONE,
        "Computers whose ConfigMgr client is inactive at the start (FLT-1).",
    ),
    (
        "client_broken_share", 25_000, "share", 10_000, 50_000, _NONE,
        "Computers whose ConfigMgr client is active but broken (FLT-1).",
    ),
    (
        "old_client_share", 50_000, "share", 0, 300_000, _NONE,
        "Computers whose ConfigMgr client missed the site's updates (DWN-3).",
    ),
    (
        "old_client_version", 2203, "version", 2103, 2203, _NONE,
        "The version of a ConfigMgr client that missed the updates (DWN-3).", 1511,
    ),
    (
        "duplicate_share", 20_000, "share", 0, 50_000, _NONE,
        "Records that are duplicates left over from reimaging: inactive, and never switched on "
        "again. Drawn among the inactive ones; at most all of them (FLT-7).",
    ),
    # presence and restarts
    (
        "server_on_share", 995_000, "share", 980_000, 1_000_000, _NONE,
        "Servers that are on; the others exist only as records and are never switched on again.",
    ),
    (
        "desktop_night_share", 350_000, "share", 0, 1_000_000, _NONE,
        "Desktops that stay on at night.",
    ),
    (
        "attendance_share", 850_000, "share", 500_000, 1_000_000, _NONE,
        "Working days, Monday to Friday, on which an office computer is switched on.",
    ),
    (
        "rare_attendance_share", 100_000, "share", 20_000, 500_000, _NONE,
        "Working days on which a rarely used computer is on.",
    ),
    (
        "off_site_share", 550_000, "share", 0, 1_000_000, _NONE,
        "Working days on which a laptop in use is away from the office.",
    ),
    (
        "off_site_reachable_share", 600_000, "share", 0, 1_000_000, _NONE,
        "Laptops that reach the site whenever they are away from the office; the others never do.",
    ),
    (
        "absence_share", 40_000, "share", 20_000, 100_000, _NONE,
        "Users who are on a long absence at any time (FLT-7).",
    ),
    (
        "rare_presence_share", 20_000, "share", 0, 100_000, _NONE,
        "Clients that are rarely switched on.",
    ),
    (
        "off_presence_share", 1_000, "share", 0, 50_000, _NONE,
        "Clients that exist only as records and are never switched on again.",
    ),
    (
        "fast_startup_share", 300_000, "share", 0, 600_000, _NONE,
        "Windows 10 and 11 whose shutdown is not a restart (TIM-6).",
    ),
    (
        "metered_share", 30_000, "share", 0, 100_000, _NONE,
        "Working days on which a laptop in use is on a metered link and does not reach the site "
        "(FLT-7).",
    ),
    # prerequisites of the agents
    (
        "mma_present_share", 100_000, "share", 0, 1_000_000, _NONE,
        "Down-level systems that already have MMA (MMA-5).",
    ),
    (
        "mde_client_present_share", 0, "share", 0, 300_000, _NONE,
        "Server 2012 R2 and 2016 that already have the MDE client (DWN-7).",
    ),
    (
        "agent_outdated_share", 100_000, "share", 0, 300_000, _NONE,
        "MMA agents already on a device that are too old to reach the service (MMA-5).",
    ),
    (
        "not_fully_updated_share", 400_000, "share", 0, 1_000_000, _NONE,
        "Server 2012 R2 without the latest monthly rollup (DWN-4).",
    ),
    (
        "telemetry_update_missing_share", 100_000, "share", 0, 500_000, _NONE,
        "Of Server 2012 R2 not fully updated: without the telemetry update (DWN-4). With the next "
        "row, about 8 % of Server 2012 R2 lack an update.",
    ),
    (
        "universal_crt_missing_share", 110_000, "share", 0, 500_000, _NONE,
        "Of Server 2012 R2 not fully updated: without the Universal C Runtime (DWN-4).",
    ),
    (
        "servicing_stack_missing_share", 20_000, "share", 0, 100_000, _NONE,
        "Server 2016 with too old a servicing stack (DWN-5). The five rows of Server 2016 are "
        "10 % together.",
    ),
    (
        "cumulative_update_missing_share", 10_000, "share", 0, 100_000, _NONE,
        "Server 2016 with too old a cumulative update (DWN-5).",
    ),
    (
        "antivirus_disabled_share", 30_000, "share", 0, 100_000, _NONE,
        "Server 2016 with Defender Antivirus disabled (DWN-5).",
    ),
    (
        "antivirus_outdated_share", 30_000, "share", 0, 280_000, _NONE,
        "Server 2016 with Defender Antivirus out of date (DWN-5).",
    ),
    (
        "antivirus_not_installed_share", 10_000, "share", 0, 100_000, _NONE,
        "Server 2016 without the Defender Antivirus feature (DWN-5).",
    ),
    (
        "dotnet_missing_share", 20_000, "share", 0, 100_000, _NONE,
        "Windows 8.1 and Server 2012 R2 whose .NET is too old for MMA (FLT-5).",
    ),
    (
        "clock_skew_share", 3_000, "share", 0, 20_000, _NONE,
        "Devices whose clock is off by a quarter of an hour or more (FLT-5).",
    ),
    (
        "restart_pending_share", 50_000, "share", 20_000, 150_000, _NONE,
        "Servers that wait for a restart at the start (FLT-4).",
    ),
    # faults that groups of devices share
    (
        "patch_within_share", 600_000, "share", 100_000, 1_000_000, _NONE,
        "Servers without an update in a patch cohort that is late with it (DWN-4, DWN-5).",
    ),
    (
        "policy_within_share", 900_000, "share", 500_000, 1_000_000, _NONE,
        "Server 2016 with Defender Antivirus disabled in a unit whose policy disables it (DWN-5).",
    ),
    (
        "client_upgrade_within_share", 800_000, "share", 300_000, 1_000_000, _NONE,
        "Computers in a cohort that missed an upgrade of the ConfigMgr client that missed it too "
        "(DWN-3).",
    ),
    (
        "patch_cohort_count", 12, "count", 4, 50, _NONE,
        "Patch cohorts, if a fleet table has no column patch_cohort.", 1,
    ),
    (
        "unit_count", 25, "count", 5, 200, _NONE,
        "Organizational units, if a fleet table has no column unit.", 1,
    ),
    (
        "client_upgrade_cohort_count", 20, "count", 5, 100, _NONE,
        "Cohorts in which ConfigMgr clients are upgraded, if a fleet table has no column "
        "client_upgrade_cohort.", 1,
    ),
    # faults by chance
    (
        "network_blocked_share", 30_000, "share", 0, 150_000, _NONE,
        "Devices whose path to the service is blocked, drawn by location (FLT-2).",
    ),
    (
        "network_blocked_within_share", 900_000, "share", 500_000, 1_000_000, _NONE,
        "Devices that are blocked at a location where the path is blocked (FLT-2).",
    ),
    (
        "network_streamlined_blocked_share", 30_000, "share", 0, 150_000, _NONE,
        "Devices whose path to the destinations of streamlined connectivity is blocked, drawn by "
        "location as above; taken to be as rare as the other (UPD-8).",
    ),
    (
        "service_start_failure_share", 50_000, "share", 0, 200_000, _FIELD,
        "First attempts on Server 2012 R2 and 2016 at which the service starts too late (FLT-3); "
        "reported from the field, the share is assumed.",
    ),
    (
        "service_start_retry_share", 100_000, "share", 0, 300_000, _NONE,
        "Further attempts, after one such failure, at which the service starts too late (FLT-3).",
    ),
    (
        "install_failure_share", 12_500, "share", 0, 50_000, _FIELD,
        "Installations of an agent that fail for reasons of their own (FLT-4).",
    ),
    (
        "sensor_decay_per_day", 500, "share", 100, 3_000, _NONE,
        "Onboarded devices whose service stops, each day (FLT-6).",
    ),
    (
        "managed_conflict_share", 50_000, "share", 0, 200_000, _NONE,
        "Co-managed devices with conflicting policies of Intune and the site. Not simulated yet.",
    ),
    (
        "status_not_written_share", 3_000, "share", 0, 20_000, _NONE,
        "Onboarded devices that the portal sees and the console does not.",
    ),
    (
        "sense_missing_share", 5_000, "share", 0, 50_000, _DOCUMENTED,
        "Windows 11 24H2 without the sensor (UPL-5); the share is assumed.",
    ),
    (
        "elam_driver_disabled_share", 2_000, "share", 0, 20_000, _NONE,
        "Computers whose early-launch driver is disabled, mostly where another antivirus was put "
        "in its place (UPL-4).",
    ),
    (
        "installer_defect_share", 10_000, "share", 0, 100_000, _FIELD,
        "Server 2012 R2 on which the MDE client's installer fails until somebody cleans the "
        "computer (DWN-11); reported from the field, the share is assumed.",
    ),
)  # fmt: skip


UNITS = ("s", "share", "bytes", "Mbit/s", "count", "version")
"""Units of the values; a share counts parts per million."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number that the simulation assumes."""

    name: str
    value: int
    unit: str
    """One of UNITS."""
    low: int
    """Lower end of the plausible range, for sweeps."""
    high: int
    """Upper end of the plausible range."""
    source: str
    """`documented`, `field report`, `general knowledge`, or `assumption` without a source."""
    text: str
    """What the number is, in one sentence."""
    least: int = 0
    """The least value that can be simulated: a period or a rate of 0 cannot."""


ASSUMPTIONS: dict[str, Assumption] = {
    row[0]: Assumption(*row) for row in (*TIMING_ROWS, *FLEET_ROWS)
}
"""Every assumption by name: first durations and rates, then what a fleet is like."""
