"""The steps of a plan: one model for each verb, joined into a union told apart by the verb."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sim.scenario.values import (
    DownlevelClient,
    Duration,
    Name,
    SampleSharing,
    ScenarioPart,
    SomeNames,
    Version,
    When,
    WorkspaceValue,
)
from sim.units import Seconds, parse_duration


class Otherwise(ScenarioPart):
    """What to do when a gate has not opened in time, counted from the start."""

    after: Duration
    do: Literal["stop", "skip", "proceed"]


class Step(ScenarioPart):
    """What every plan step may have: a name, an administrator and exactly one kind of timing."""

    name: Name | None = None
    by: Name | None = None
    """None: the first administrator."""
    at: When | None = None
    after: str | None = None
    """`STEP + DURATION` or `STEP`."""
    when: str | None = None
    otherwise: Otherwise | None = None


def parse_after(text: str) -> tuple[str, Seconds]:
    """Read `STEP + DURATION` or `STEP`: the step's name and the delay after it.

    >>> parse_after("everybody + 3 d"), parse_after("pilot")
    (('everybody', 259200), ('pilot', 0))
    """
    name, plus, delay = text.rpartition("+")
    if plus:
        try:
            return name.strip(), parse_duration(delay)
        except ValueError:
            pass
    return text.strip(), 0


def step_names(plan: Sequence[Step]) -> tuple[str, ...]:
    """Return a distinct name for each step, as log rows carry it: its own, or `plan[2]`."""
    return tuple(step.name or f"plan[{number}]" for number, step in enumerate(plan))


class Deploy(Step):
    """Deploy a policy to collections."""

    deploy: Name
    to: SomeNames


class Undeploy(Step):
    """Withdraw a policy's deployments from collections (POL-7)."""

    undeploy: Name
    from_: Annotated[SomeNames, Field(alias="from")]


class Update(Step):
    """Give a policy another package (UPD-2)."""

    update: Name
    package: Name


class SetWorkspace(Step):
    """Supply, remove or put right a policy's workspace values (MMA-6); one left out stays."""

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
    on: SomeNames


class RemoveScript(Step):
    """Withdraw the one-time script."""

    remove_script: Name
    from_: Annotated[SomeNames, Field(alias="from")]


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
    on: SomeNames


class Patch(Step):
    """Put a trait right on collections, within a time (DWN-9)."""

    patch: dict[str, Any]
    on: SomeNames
    within: Duration


class Restart(Step):
    """Restart the devices of collections, within a time (UPD-1)."""

    restart: SomeNames
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
