"""How long things take: polls, evaluations, downloads, installs, delays (TIM, MON, FLT-6).

Rows of `assumptions`: name, value, unit, low, high, source, text.
"""

from sim.units import DAY, HOUR, MINUTE

Row = tuple[str, int, str, int, int, str, str]

_DOCUMENTED = "documented"
_FIELD = "field report"
_NONE = "assumption"

TIMING_ROWS: tuple[Row, ...] = (
    (
        "policy_poll_interval", 60 * MINUTE, "s", 3 * MINUTE, 24 * HOUR, _DOCUMENTED,
        "Time between two polls of client policy (TIM-1).",
    ),
    (
        "missed_poll_window", 2 * MINUTE, "s", 0, 10 * MINUTE, _NONE,
        "A poll missed while off happens within this time of power-on (TIM-1).",
    ),
    (
        "state_message_interval", 15 * MINUTE, "s", 1 * MINUTE, 60 * MINUTE, _DOCUMENTED,
        "Time between two deliveries of state messages to the site (TIM-3).",
    ),
    (
        "first_evaluation_window", 2 * HOUR, "s", 0, 2 * HOUR, _NONE,
        "A newly arrived policy is evaluated within this time (TIM-2).",
    ),
    (
        "evaluation_interval", 7 * DAY, "s", 1 * DAY, 31 * DAY, _DOCUMENTED,
        "Time between two evaluations of a policy that is already there (TIM-2).",
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
        "install_retry_interval", 24 * HOUR, "s", 1 * HOUR, 7 * DAY, _NONE,
        "Time until a failed agent installation is tried again (TIM-2).",
    ),
    (
        "collection_incremental_interval", 5 * MINUTE, "s", 5 * MINUTE, 60 * MINUTE, _DOCUMENTED,
        "Time between two incremental evaluations of a collection (TIM-4).",
    ),
    (
        "collection_full_interval", 7 * DAY, "s", 1 * DAY, 7 * DAY, "general knowledge",
        "Time between two full evaluations of a collection (TIM-4).",
    ),
    (
        "maintenance_window_minimum", 30 * MINUTE, "s", 5 * MINUTE, 3 * HOUR, _DOCUMENTED,
        "An agent install needs a window of this length, with this much of it left (TIM-5).",
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
        "Line speed of each download at the distribution point of all locations that have none of "
        "their own.",
    ),
    (
        "content_slots", 20, "count", 1, 1_000, _NONE,
        "Downloads at once at the distribution point of all locations that have none of their own.",
    ),
    (
        "sensor_repair_mean", 10 * DAY, "s", 1 * DAY, 30 * DAY, _NONE,
        "Mean time until a stopped service runs again (FLT-6).",
    ),
    (
        "client_return_mean", 60 * DAY, "s", 3 * DAY, 180 * DAY, _NONE,
        "Mean time until an inactive ConfigMgr client is active again (FLT-1).",
    ),
    (
        "client_repair_mean", 60 * DAY, "s", 1 * DAY, 180 * DAY, _NONE,
        "Mean time until a broken ConfigMgr client is repaired (FLT-1).",
    ),
    (
        "absence_mean", 10 * DAY, "s", 3 * DAY, 30 * DAY, _NONE,
        "Mean length of a long absence (FLT-7).",
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
        "Time an office computer stays on on a working day.",
    ),
    (
        "restart_interval_laptop", 5 * DAY, "s", 60 * HOUR, 10 * DAY, _NONE,
        "Median time between two restarts of a laptop, counted for one used on every working day "
        "(UPD-1).",
    ),
    (
        "restart_interval_desktop", 7 * DAY, "s", 84 * HOUR, 14 * DAY, _NONE,
        "Median time between two restarts of a desktop, counted for one used on every working day "
        "(UPD-1).",
    ),
    (
        "restart_interval_server", 30 * DAY, "s", 15 * DAY, 60 * DAY, _NONE,
        "Time between two restarts that updates force on a server (UPD-1).",
    ),
    (
        "update_restart_interval", 30 * DAY, "s", 7 * DAY, 60 * DAY, _NONE,
        "Time between two restarts that updates force on a workstation (UPD-1).",
    ),
)  # fmt: skip
