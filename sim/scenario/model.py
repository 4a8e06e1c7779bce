"""The scenario as frozen values, with every default documented at its field; and its conditions.

The loader reads YAML strictly and passes plain values to these models. How values are written is
in `values`, the steps of a plan are in `steps`, and the checks that tie parts together in
`reference_checks` and `value_checks`. Gates and expectations are parsed here, once for everything
that reads the scenario.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, Tag, model_validator

from sim.errors import UnusableInput
from sim.language.expressions import parse_expectation, parse_gate
from sim.language.tree import Condition
from sim.language.types import Names
from sim.reference.systems import OPERATING_SYSTEMS
from sim.scenario import values
from sim.scenario.steps import PlanStep
from sim.scenario.yaml_text import Loc
from sim.units import DAY, HOUR


class Administrator(values.ScenarioPart):
    """Who carries out plan steps (PRE-3, PRE-4)."""

    name: values.Name
    roles: values.NameList = ()
    rights: tuple[Literal["client_settings", "collections", "scripts"], ...] = ()


class PilotWorkload(values.ScenarioPart):
    """A workload of co-management that Intune holds for the members of a collection (PRE-6)."""

    pilot: values.CollectionName


class Site(values.ScenarioPart):
    """The ConfigMgr site."""

    version: values.Version = "2403"
    organization: values.Name | None = None
    """None: that of the first onboarding package."""
    subscription: bool = True
    time_zone: str = "UTC"
    endpoint_protection_workload: Annotated[
        Annotated[Literal["configmgr", "intune"], Tag("word")]
        | Annotated[PilotWorkload, Tag("table")],
        values.BY_FORM,
    ] = "configmgr"
    """Who onboards co-managed devices: the site, Intune, or Intune those of a collection."""
    administrators: Annotated[tuple[Administrator, ...], Field(min_length=1)] = (
        Administrator(name="administrator", roles=("Full Administrator",)),
    )


class DistributionPoint(values.ScenarioPart):
    """A shared source of content: how many downloads at once, at which bandwidth."""

    slots: Annotated[int, Field(ge=1)]
    megabits_per_second: Annotated[int, Field(ge=1)]


class Location(values.ScenarioPart):
    """A place with a time zone and its own distribution point."""

    name: values.Name
    time_zone: str | None = None
    """None: the site's."""
    distribution_point: (
        Annotated[
            Annotated[Literal["none"], Tag("word")] | Annotated[DistributionPoint, Tag("table")],
            values.BY_FORM,
        ]
        | None
    ) = None
    """None: the default distribution point. `none`: the content was not distributed there."""


class AlreadyOnboarded(values.ScenarioPart):
    """The share of a generated fleet that starts onboarded, its payload and its organization."""

    share: values.Share = 0
    payload: values.Name | None = None
    organization: values.Name | None = None


class Generate(values.ScenarioPart):
    """A generated fleet: size, mix of systems, devices that join and retire."""

    devices: Annotated[int, Field(ge=1, le=2_000_000)]
    mix: Annotated[
        Annotated[values.Name, Tag("word")] | Annotated[dict[str, values.Share], Tag("table")],
        values.BY_FORM,
    ] = "enterprise-2026"
    already_onboarded: AlreadyOnboarded = AlreadyOnboarded()
    joins_per_week: Annotated[int, Field(ge=0)] = 0
    retires_per_week: Annotated[int, Field(ge=0)] = 0


class Import(values.ScenarioPart):
    """A fleet from a table (CSV or Parquet) or an export of the site or the portal.

    The name is relative to the scenario file.
    """

    file: values.Name


class FleetSource(values.ScenarioPart):
    """Exactly one of `generate` and `import`."""

    generate: Generate | None = None
    import_: Annotated[Import | None, Field(alias="import")] = None


class MemberFile(values.ScenarioPart):
    """A text file with one device name on each line, relative to the scenario file."""

    file: values.Name


Members = Annotated[
    Annotated[values.Name, Tag("word")]
    | Annotated[tuple[values.Name, ...], Tag("list")]
    | Annotated[MemberFile, Tag("table")],
    values.BY_FORM,
]


class Collection(values.ScenarioPart):
    """A set of devices that deployments, windows and settings are aimed at (TIM-4)."""

    name: values.Name
    members: Members | None = None
    """A query, `managed`, device names or a file; without it all of `limit_to`."""
    limit_to: Annotated[values.Name | None, values.DeclaredIn("collections")] = None
    sample: values.Share | None = None
    include: Annotated[values.NameList, values.DeclaredIn("collections")] = ()
    exclude: Annotated[values.NameList, values.DeclaredIn("collections")] = ()
    evaluation: Literal["scheduled", "daily", "incremental"] = "scheduled"
    """When changes of devices reach it: every 7 days, daily at 04:00, or within 5 minutes."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The collections that its members depend on: limiting, included and excluded."""
        limit = (self.limit_to,) if self.limit_to else ()
        return (*limit, *self.include, *self.exclude)


class MaintenanceWindow(values.ScenarioPart):
    """When a collection's devices may be changed (TIM-5): exactly one of the first three keys."""

    collection: values.CollectionName
    weekly: Annotated[
        str | None, Field(pattern=rf"^({'|'.join(values.WEEKDAYS)}) {values.CLOCK}$")
    ] = None
    """Such as `Sunday 01:00`."""
    daily: Annotated[str | None, Field(pattern=rf"^{values.CLOCK}$")] = None
    """Such as `22:00`."""
    monthly: Annotated[str | None, Field(pattern=values.MONTHLY)] = None
    """Such as `second Sunday 01:00`, or `patch_tuesday + 5 d 22:00`."""
    length: values.Duration
    for_: Annotated[Literal["all", "updates", "task_sequences"], Field(alias="for")] = "all"
    """What it is for: all deployments, restarts for updates alone, or task sequences alone, which
    are not simulated."""
    clock: Literal["device", "utc"] = "device"
    """Whose time of day it follows: the device's own, or UTC."""

    @property
    def begins(self) -> str:
        """When it begins, as written."""
        return self.weekly or self.monthly or f"daily {self.daily}"


class SupportDesk(values.ScenarioPart):
    """Technicians who repair the listed causes once the console shows them (DWN-9, FLT-1)."""

    technicians: Annotated[int, Field(ge=1, le=1_000)]
    hours: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")] = (
        "08:00-17:00"
    )
    """When they work, Monday to Friday, by the site's wall clock."""
    from_: Annotated[values.When | None, Field(alias="from")] = None
    """None: they work from the start."""
    until: values.When | None = None
    """From then on they take no new device. Without it they work until the end."""
    repairs: Annotated[dict[str, values.Duration], Field(min_length=1)]
    """The causes that they repair, each with the working time for one device."""


class ClientSetting(values.ScenarioPart):
    """Custom client settings deployed to a collection; the lowest priority number wins (DWN-6)."""

    name: values.Name
    collection: values.CollectionName
    priority: Annotated[int, Field(ge=1)]
    downlevel_client: values.DownlevelClient
    install_outside_windows: bool = False
    """Whether an agent is installed outside maintenance windows too (TIM-5)."""


class Package(values.ScenarioPart):
    """A package downloaded from the portal, with the payload that it carries."""

    name: values.Name
    kind: Literal["onboarding", "offboarding"] = "onboarding"
    payload: values.Name | None = None
    """None: the package's name."""
    organization: values.Name
    method: values.OnboardingMethod = "configuration_manager"
    connectivity: Literal["standard", "streamlined"] = "standard"
    downloaded: values.Day | None = None
    """None: the day of the start."""
    valid_until: values.Day | None = None
    """The last day on which an offboarding file works, as its name says (OFF-2); without it the
    switch `offboarding_validity` decides."""
    systems: Literal[
        "windows_10_11",
        "windows_7_8_1",
        "server_2008_r2_2012_r2_2016",
        "server_1803_2019_2022",
    ] = "windows_10_11"

    @property
    def payload_name(self) -> str:
        """The payload that the package carries; its own name if none is written."""
        return self.payload or self.name


class Workspace(values.ScenarioPart):
    """The state of the workspace ID and key; never the values (POL-3, MMA-2, MMA-4)."""

    id: values.WorkspaceValue = "absent"
    key: values.WorkspaceValue = "absent"


class Policy(values.ScenarioPart):
    """A Microsoft Defender for Endpoint policy (POL-1)."""

    name: values.Name
    description: str = ""
    kind: Literal["onboarding", "offboarding"] = "onboarding"
    package: values.PackageName
    workspace: Annotated[
        Annotated[Literal["swapped"], Tag("word")] | Annotated[Workspace, Tag("table")],
        values.BY_FORM,
    ] = Workspace()
    sample_sharing: values.SampleSharing = "all_file_types"


class RuleSwitches(values.ScenarioPart):
    """The switches for what the product page leaves open."""

    windows_10_minimum: Literal[
        "1507", "1511", "1607", "1703", "1709", "1803", "1809", "1903", "1909", "2004",
        "20H2", "21H1", "21H2", "22H2",
    ] = "1709"  # fmt: skip
    end_of_support: Literal["enforce", "warn", "ignore"] = "warn"
    offboarding_validity: values.Duration = 30 * DAY
    update_reaches_onboarded: bool = False
    drift_reverted: bool = True
    evaluation_outside_windows: bool = False
    inactive_after: values.Duration = 7 * DAY
    portal_retention: values.Duration = 180 * DAY


class Reporting(values.ScenarioPart):
    """How often measures are recorded and gates are checked."""

    interval: values.Duration = HOUR


class Expectation(values.ScenarioPart):
    """One expectation; the short form is its text alone."""

    expr: values.Name
    severity: Literal["error", "warn"] = "error"
    min_devices: Annotated[int, Field(ge=0)] = 0
    report_only: bool = False
    confidence: values.Share | None = None
    """How certain a figure over replications must be. Without it the estimate decides."""
    marks: values.NameList = ()
    """Its marks as a pytest item."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"expr": value} if isinstance(value, str) else value


MAX_REPLICATIONS = 100_000
"""A larger number is a typing mistake: a thousand replications give a share to about 3 points."""


class Scenario(values.ScenarioPart):
    """A whole scenario, with every default filled in."""

    format: Literal[1]
    name: values.Name
    question: str = ""
    start: values.Start
    horizon: values.Duration
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    replications: Annotated[int, Field(ge=1, le=MAX_REPLICATIONS)] = 1
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
    assumptions: dict[str, Any] = Field(default_factory=dict)
    faults: Literal["drawn", "none"] = "drawn"
    reporting: Reporting = Reporting()
    support_desk: SupportDesk | None = None
    expect: tuple[Expectation, ...] = ()
    marks: values.NameList = ()
    """Marks of all its expectations as pytest items."""

    @property
    def organization(self) -> str:
        """The organization to onboard to: the site's, else that of the first package."""
        if self.site.organization is not None:
            return self.site.organization
        ranked = sorted(self.packages, key=lambda package: package.kind != "onboarding")
        return ranked[0].organization if ranked else ""

    @property
    def first_payload(self) -> str:
        """The payload of the first onboarding package; empty if there is none."""
        return next((p.payload_name for p in self.packages if p.kind == "onboarding"), "")


def names_of(scenario: Scenario) -> Names:
    """Return the names of *scenario*.

    An imported fleet brings locations and payloads of its own, and without `locations:` a
    generated fleet makes up its locations: then any value is accepted.
    """
    generate = scenario.fleet.generate
    payloads = dict.fromkeys(package.payload_name for package in scenario.packages)
    if generate and generate.already_onboarded.payload:
        payloads[generate.already_onboarded.payload] = None
    return Names(
        collections=tuple(collection.name for collection in scenario.collections),
        policies=tuple(policy.name for policy in scenario.policies),
        payloads=tuple(payloads) if generate else None,
        packages=tuple(package.name for package in scenario.packages),
        locations=tuple(place.name for place in scenario.locations) or None if generate else None,
        operating_systems=tuple(OPERATING_SYSTEMS),
    )


ParsedConditions = Mapping[Loc, Condition | UnusableInput]
"""Each gate and each expectation by its place, or the error that says what is wrong with it."""


def parse_conditions(scenario: Scenario, names: Names) -> ParsedConditions:
    """Parse every `when:` and every expectation of a scenario. Nothing else parses them."""
    parsed: dict[Loc, Condition | UnusableInput] = {}
    for loc, text in _texts(scenario):
        try:
            parsed[loc] = (parse_gate if loc[0] == "plan" else parse_expectation)(text, names)
        except UnusableInput as error:
            parsed[loc] = error
    return parsed


def _texts(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    for number, step in enumerate(scenario.plan):
        if step.when is not None:
            yield ("plan", number, "when"), step.when
    for number, expectation in enumerate(scenario.expect):
        yield ("expect", number, "expr"), expectation.expr


@dataclass(frozen=True, slots=True)
class Conditions:
    """The gates and expectations of a scenario, as `load_scenario` has parsed them."""

    by_place: Mapping[Loc, Condition]
    """In the order of the file's sections: the plan first."""

    @property
    def gates(self) -> dict[int, Condition]:
        """The gate of each plan step that has one, by the step's position in the plan."""
        return {int(loc[1]): gate for loc, gate in self.by_place.items() if loc[0] == "plan"}

    @property
    def expectations(self) -> tuple[Condition, ...]:
        """The conditions of `expect:` in their order."""
        return tuple(asked for loc, asked in self.by_place.items() if loc[0] == "expect")
