"""What a fleet is like where its table does not say, and what goes wrong by chance (FLT).

Rows of `assumptions`: name, value, unit, low, high, source, text. Shares are parts per million of
the devices that the text names.
"""

from sim.reference.assumed_timing import Row

_DOCUMENTED = "documented"
_FIELD = "field report"
_NONE = "assumption"

FLEET_ROWS: tuple[Row, ...] = (
    # who and where
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
        "Windows 10 of a long-term servicing edition, where the release has one.",
    ),
    (
        "esu_share", 500_000, "share", 0, 1_000_000, _NONE,
        "Systems past their ordinary support that are in Extended Security Updates (OS-3).",
    ),
    (
        "co_managed_share", 250_000, "share", 0, 1_000_000, _NONE,
        "Windows 10 and 11 that Intune manages too.",
    ),
    (
        "intune_only_share", 0, "share", 0, 300_000, _NONE,
        "Windows 10 and 11 that Intune alone manages (PRE-5).",
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
        "Computers whose ConfigMgr client was left behind by the site's updates (DWN-3).",
    ),
    (
        "old_client_version", 2203, "version", 2103, 2203, _NONE,
        "The version of a ConfigMgr client that was left behind (DWN-3).",
    ),
    (
        "duplicate_share", 20_000, "share", 0, 50_000, _NONE,
        "Records that are duplicates left over from reimaging: inactive, and never switched on "
        "again. Drawn among the inactive ones, as far as there are so many (FLT-7).",
    ),
    # presence and restarts
    (
        "server_on_share", 995_000, "share", 980_000, 1_000_000, _NONE,
        "Servers that are on; the others are in the records and never switched on again.",
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
        "Clients that are switched on only now and then.",
    ),
    (
        "off_presence_share", 1_000, "share", 0, 50_000, _NONE,
        "Clients in the records that are never switched on again.",
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
        "Down-level systems that carry MMA already (MMA-5).",
    ),
    (
        "mde_client_present_share", 0, "share", 0, 300_000, _NONE,
        "Server 2012 R2 and 2016 that carry the MDE client already (DWN-7).",
    ),
    (
        "agent_outdated_share", 100_000, "share", 0, 300_000, _NONE,
        "Agents found on a device that are too old to reach the service (MMA-5).",
    ),
    (
        "not_fully_updated_share", 400_000, "share", 0, 1_000_000, _NONE,
        "Server 2012 R2 without the latest monthly rollup (DWN-4).",
    ),
    (
        "telemetry_update_missing_share", 100_000, "share", 0, 500_000, _NONE,
        "Of Server 2012 R2 not fully updated: without the telemetry update (DWN-4). With the next "
        "row about 8 % of Server 2012 R2 lack something.",
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
    # what devices have in common
    (
        "patch_within_share", 600_000, "share", 100_000, 1_000_000, _NONE,
        "Servers behind with an update in a patch cohort that is behind with it (DWN-4, DWN-5).",
    ),
    (
        "policy_within_share", 900_000, "share", 500_000, 1_000_000, _NONE,
        "Server 2016 with Defender Antivirus disabled in a unit whose policy disables it (DWN-5).",
    ),
    (
        "client_upgrade_within_share", 800_000, "share", 300_000, 1_000_000, _NONE,
        "Computers left behind in a cohort that an upgrade of the ConfigMgr client did not reach "
        "(DWN-3).",
    ),
    (
        "patch_cohort_count", 12, "count", 4, 50, _NONE,
        "Patch cohorts, where a fleet table has no column patch_cohort.",
    ),
    (
        "unit_count", 25, "count", 5, 200, _NONE,
        "Organizational units, where a fleet table has no column unit.",
    ),
    (
        "client_upgrade_cohort_count", 20, "count", 5, 100, _NONE,
        "Cohorts in which ConfigMgr clients are upgraded, where a fleet table has no column "
        "client_upgrade_cohort.",
    ),
    # what fails by chance
    (
        "network_blocked_share", 30_000, "share", 0, 150_000, _NONE,
        "Devices whose path to the service is blocked, drawn by location (FLT-2).",
    ),
    (
        "network_blocked_within_share", 900_000, "share", 500_000, 1_000_000, _NONE,
        "Devices that are blocked at a location where the path is blocked (FLT-2).",
    ),
    (
        "service_start_failure_share", 50_000, "share", 0, 200_000, _FIELD,
        "First attempts on Server 2012 R2 and 2016 at which the service starts too late (FLT-3); "
        "seen in the field, the share assumed.",
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
        "Co-managed devices on which the policies of Intune and the site clash. Not simulated yet.",
    ),
    (
        "status_not_written_share", 3_000, "share", 0, 20_000, _NONE,
        "Onboarded devices that the portal sees and the console does not.",
    ),
    (
        "sense_missing_share", 5_000, "share", 0, 50_000, _DOCUMENTED,
        "Windows 11 24H2 without the service's component; the share assumed.",
    ),
)  # fmt: skip
