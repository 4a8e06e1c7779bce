"""The scenario as frozen values, with every default documented where it stands.

The loader reads YAML strictly and hands plain values to these models; `checks` judges what ties
several parts together. Times stay as they were written (`moments`) until a `SiteClock` resolves
them. Durations are seconds [s], shares parts per million.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)

from sim.scenario import moments
from sim.units import DAY, HOUR, format_duration, format_share, parse_duration, parse_share


class Part(BaseModel):
    """A part of a scenario: frozen, strict, and without room for unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("a duration is text with a unit, such as 90 min, 36 h or 14 d")
    try:
        return parse_duration(value)
    except ValueError:
        raise ValueError("a duration is written like 90 min, 36 h or 14 d") from None


def _share(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("a share is text with a percent sign, such as 5 %")
    try:
        return parse_share(value)
    except ValueError:
        raise ValueError("a share is written like 5 % and lies between 0 % and 100 %") from None


def _moment(value: object) -> moments.Moment:
    if isinstance(value, datetime):
        return moments.OnDate(value.date(), value.time())
    if isinstance(value, date):
        return moments.OnDate(value)
    if not isinstance(value, str):
        raise ValueError("a moment is written like 14 d, 1 d 09:00 or 2026-03-20")
    try:
        return moments.parse_moment(value)
    except ValueError:
        raise ValueError("a moment is written like 14 d, 1 d 09:00 or 2026-03-20") from None


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


_DURATION = r"^\s*(\d+(\.\d+)?\s*(s|min|h|d|w)\s*)+$"

Duration = Annotated[
    int,
    BeforeValidator(_duration),
    PlainSerializer(format_duration),
    _text_schema(_DURATION, "36 h"),
]
Share = Annotated[
    int,
    BeforeValidator(_share),
    PlainSerializer(format_share),
    _text_schema(r"^\s*\d+(\.\d{1,4})?\s*%\s*$", "5 %"),
]
When = Annotated[
    Any,
    BeforeValidator(_moment),
    PlainSerializer(str),
    _text_schema(r"^.*\S.*$", "1 d 09:00"),
]


def _start(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?", value)
        if match:
            clock = (match.group(2) or "00:00").zfill(5)
            try:
                return datetime.fromisoformat(f"{match.group(1)} {clock}")
            except ValueError:
                pass
    raise ValueError("a start is written like 2026-03-02 09:00")


Start = Annotated[
    datetime,
    BeforeValidator(_start),
    PlainSerializer(lambda at: f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")),
    _text_schema(r"^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2})?)?$", "2026-03-02 09:00"),
]


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise ValueError("a date is written like 2026-03-02")
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date is written like 2026-03-02") from None


Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(lambda day: day.isoformat()),
    _text_schema(r"^\d{4}-\d{2}-\d{2}$", "2026-03-02"),
]

Version = Annotated[str, Field(pattern=r"^\d{4}$")]
Name = Annotated[str, Field(min_length=1)]
OnboardingMethod = Literal["configuration_manager", "group_policy", "intune", "local_script", "vdi"]
DownlevelClient = Literal["mma", "mde_client"]
SampleSharing = Literal["none", "all_file_types"]


class Administrator(Part):
    """Who carries out plan steps (PRE-3, PRE-4)."""

    name: Name
    roles: tuple[str, ...] = ()
    rights: tuple[Literal["client_settings", "collections", "scripts"], ...] = ()


class Site(Part):
    """What the ConfigMgr site is and knows."""

    version: Version = "2403"
    organization: Name | None = None
    """None: that of the first onboarding package."""
    subscription: bool = True
    time_zone: str = "UTC"
    administrators: tuple[Administrator, ...] = (
        Administrator(name="administrator", roles=("Full Administrator",)),
    )


class DistributionPoint(Part):
    """A shared source of content: how many at once, over how wide a line."""

    slots: Annotated[int, Field(ge=1)]
    megabits_per_second: Annotated[int, Field(ge=1)]


class Location(Part):
    """A place with a time zone and its own distribution point."""

    name: Name
    time_zone: str | None = None
    """None: the site's."""
    distribution_point: DistributionPoint | None = None
    """None: the default distribution point."""


class AlreadyOnboarded(Part):
    """Which share of a generated fleet starts onboarded, with what payload, to whom."""

    share: Share = 0
    payload: Name | None = None
    organization: Name | None = None


class Generate(Part):
    """A made-up fleet: size, mix of systems, turnover."""

    devices: Annotated[int, Field(ge=1, le=2_000_000)]
    mix: Name | dict[str, Share] = "enterprise-2026"
    already_onboarded: AlreadyOnboarded = AlreadyOnboarded()
    joins_per_week: Annotated[int, Field(ge=0)] = 0
    retires_per_week: Annotated[int, Field(ge=0)] = 0


class Import(Part):
    """A fleet from a table (CSV or Parquet), relative to the scenario file."""

    file: Name


class FleetSource(Part):
    """Exactly one of `generate` and `import`."""

    generate: Generate | None = None
    import_: Annotated[Import | None, Field(alias="import")] = None


class MemberFile(Part):
    """A text file with one device name a line, relative to the scenario file."""

    file: Name


class Collection(Part):
    """A set of devices that deployments, windows and settings are aimed at (TIM-4)."""

    name: Name
    members: str | tuple[str, ...] | MemberFile | None = None
    """A query, `managed`, device names or a file; None: all of `limit_to`."""
    limit_to: Name | None = None
    sample: Share | None = None
    include: tuple[Name, ...] = ()
    exclude: tuple[Name, ...] = ()
    evaluation: Literal["scheduled", "incremental"] = "scheduled"


class MaintenanceWindow(Part):
    """When servers may be worked on (TIM-5): `weekly: Sunday 01:00`."""

    collection: Name
    weekly: Annotated[
        str,
        Field(
            pattern=r"^(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday) ([01]\d|2[0-3]):[0-5]\d$"
        ),
    ]
    length: Duration


class ClientSetting(Part):
    """Custom client settings deployed to a collection; the lowest priority number wins (DWN-6)."""

    name: Name
    collection: Name
    priority: Annotated[int, Field(ge=1)]
    downlevel_client: DownlevelClient


class Package(Part):
    """What was downloaded from the portal; its payload is what it carries."""

    name: Name
    kind: Literal["onboarding", "offboarding"] = "onboarding"
    payload: Name | None = None
    """None: the package's name."""
    organization: Name
    method: OnboardingMethod = "configuration_manager"
    connectivity: Literal["standard", "streamlined"] = "standard"
    downloaded: Day | None = None
    """None: the day of the start."""
    systems: Literal[
        "windows_10_11",
        "windows_7_8_1",
        "server_2008_r2_2012_r2_2016",
        "server_1803_2019_2022",
    ] = "windows_10_11"

    @property
    def payload_name(self) -> str:
        """What the package carries: its `payload`, or its own name when none is given."""
        return self.payload or self.name


class FromEnvironment(Part):
    """A secret that is named, never written: the environment variable that holds it (POL-3)."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


WorkspaceValue = Literal["present", "absent", "wrong"] | FromEnvironment


class Workspace(Part):
    """What is known of the workspace ID and key; never the values (POL-3, MMA-2, MMA-4)."""

    id: WorkspaceValue = "absent"
    key: WorkspaceValue = "absent"


class Policy(Part):
    """A Microsoft Defender for Endpoint policy (POL-1)."""

    name: Name
    description: str = ""
    kind: Literal["onboarding", "offboarding"] = "onboarding"
    package: Name
    workspace: Workspace | Literal["swapped"] = Workspace()
    sample_sharing: SampleSharing = "all_file_types"


class Otherwise(Part):
    """What to do when a gate has not opened in time, counted from the start."""

    after: Duration
    do: Literal["stop", "skip", "proceed"]


class Step(Part):
    """What every plan step may have: a name, an administrator and exactly one kind of timing."""

    name: Name | None = None
    by: Name | None = None
    """None: the first administrator."""
    at: When | None = None
    after: str | None = None
    """`STEP + DURATION` or `STEP`."""
    when: str | None = None
    otherwise: Otherwise | None = None


class Deploy(Step):
    """Deploy a policy to collections."""

    deploy: Name
    to: Annotated[tuple[Name, ...], Field(min_length=1)]


class Undeploy(Step):
    """Withdraw a policy's deployments from collections (POL-7)."""

    undeploy: Name
    from_: Annotated[tuple[Name, ...], Field(alias="from", min_length=1)]


class Update(Step):
    """Give a policy another package (UPD-2)."""

    update: Name
    package: Name


class SetWorkspace(Step):
    """Supply, remove or put right a policy's workspace values (MMA-6); None leaves one as it is."""

    set_workspace: Name
    id: WorkspaceValue | None = None
    key: WorkspaceValue | None = None


class SetSampleSharing(Step):
    """Change a policy's sample-sharing choice (POL-2)."""

    set_sample_sharing: Name
    to: SampleSharing


class Pause(Step):
    """Hold back new arrivals of a policy."""

    pause: Name


class Resume(Step):
    """Let new arrivals of a paused policy go on."""

    resume: Name


class RunScript(Step):
    """Deploy the one-time Group Policy script (UPD-9)."""

    run_script: Name
    on: Annotated[tuple[Name, ...], Field(min_length=1)]


class RemoveScript(Step):
    """Withdraw the one-time script."""

    remove_script: Name
    from_: Annotated[tuple[Name, ...], Field(alias="from", min_length=1)]


class Exclude(Step):
    """Exclude a collection from another."""

    exclude: Name
    from_: Annotated[Name, Field(alias="from")]


class Include(Step):
    """Include a collection in another, or end its exclusion."""

    include: Name
    in_: Annotated[Name, Field(alias="in")]


class RemoveCollection(Step):
    """Delete a collection with its deployments."""

    remove_collection: Name


class SetClientSetting(Step):
    """Change a client setting's choice for 2012 R2 and 2016 (DWN-1, DWN-6)."""

    set_client_setting: Name
    downlevel_client: DownlevelClient


class SetSiteVersion(Step):
    """Update the site."""

    set_site_version: Version


class SetClientVersion(Step):
    """Upgrade the ConfigMgr client of collections."""

    set_client_version: Version
    on: Annotated[tuple[Name, ...], Field(min_length=1)]


class Patch(Step):
    """Put a trait right on collections, within a time (DWN-9)."""

    patch: dict[str, Any]
    on: Annotated[tuple[Name, ...], Field(min_length=1)]
    within: Duration


class Restart(Step):
    """Restart the devices of collections, within a time (UPD-1)."""

    restart: Annotated[tuple[Name, ...], Field(min_length=1)]
    within: Duration


STEP_KINDS: dict[str, type[Step]] = {
    "deploy": Deploy,
    "undeploy": Undeploy,
    "update": Update,
    "set_workspace": SetWorkspace,
    "set_sample_sharing": SetSampleSharing,
    "pause": Pause,
    "resume": Resume,
    "run_script": RunScript,
    "remove_script": RemoveScript,
    "exclude": Exclude,
    "include": Include,
    "remove_collection": RemoveCollection,
    "set_client_setting": SetClientSetting,
    "set_site_version": SetSiteVersion,
    "set_client_version": SetClientVersion,
    "patch": Patch,
    "restart": Restart,
}
"""The verb of each plan step and its model. A step has exactly one verb."""


def step_verb(step: object) -> str | None:
    """Return the verb of a step, written (a mapping) or built (a `Step`); None when it has none."""
    if isinstance(step, Step):
        return next(verb for verb, kind in STEP_KINDS.items() if type(step) is kind)
    if isinstance(step, Mapping):
        return next((verb for verb in STEP_KINDS if verb in step), None)
    return None


PlanStep = Annotated[
    Annotated[Deploy, Tag("deploy")]
    | Annotated[Undeploy, Tag("undeploy")]
    | Annotated[Update, Tag("update")]
    | Annotated[SetWorkspace, Tag("set_workspace")]
    | Annotated[SetSampleSharing, Tag("set_sample_sharing")]
    | Annotated[Pause, Tag("pause")]
    | Annotated[Resume, Tag("resume")]
    | Annotated[RunScript, Tag("run_script")]
    | Annotated[RemoveScript, Tag("remove_script")]
    | Annotated[Exclude, Tag("exclude")]
    | Annotated[Include, Tag("include")]
    | Annotated[RemoveCollection, Tag("remove_collection")]
    | Annotated[SetClientSetting, Tag("set_client_setting")]
    | Annotated[SetSiteVersion, Tag("set_site_version")]
    | Annotated[SetClientVersion, Tag("set_client_version")]
    | Annotated[Patch, Tag("patch")]
    | Annotated[Restart, Tag("restart")],
    Discriminator(step_verb),
]


class RuleSwitches(Part):
    """The choices that rules.md leaves open, by the names of its switches."""

    windows_10_minimum: Literal[
        "1507", "1511", "1607", "1703", "1709", "1803", "1809", "1903", "1909", "2004",
        "20H2", "21H1", "21H2", "22H2",
    ] = "1709"  # fmt: skip
    end_of_support: Literal["enforce", "warn", "ignore"] = "warn"
    offboarding_validity: Duration = 30 * DAY
    update_reaches_onboarded: bool = False
    drift_reverted: bool = True
    evaluation_outside_windows: bool = True
    inactive_after: Duration = 7 * DAY


class Reporting(Part):
    """How often measures are recorded and gates judged."""

    interval: Duration = HOUR


class Expectation(Part):
    """One expectation; the short form is its text alone."""

    expr: Name
    severity: Literal["error", "warn"] = "error"
    min_devices: Annotated[int, Field(ge=0)] = 0
    report_only: bool = False


class Scenario(Part):
    """A whole scenario: what the planner asks, complete with defaults."""

    format: Literal[1]
    name: Name
    question: str = ""
    start: Start
    horizon: Duration
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    replications: Annotated[int, Field(ge=1)] = 1
    site: Site = Site()
    locations: tuple[Location, ...] = ()
    fleet: FleetSource
    collections: tuple[Collection, ...] = ()
    maintenance_windows: tuple[MaintenanceWindow, ...] = ()
    client_settings: tuple[ClientSetting, ...] = ()
    packages: tuple[Package, ...] = ()
    policies: tuple[Policy, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    rules: RuleSwitches = RuleSwitches()
    assumptions: dict[str, Any] = {}
    faults: Literal["drawn", "none"] = "drawn"
    reporting: Reporting = Reporting()
    expect: tuple[Expectation, ...] = ()
