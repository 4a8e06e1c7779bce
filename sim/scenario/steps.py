"""The steps of a plan: one class for each verb, and all that the language knows about it.

The first key of a class is its verb. `right` is what an administrator needs for it, and the types
of its keys say in which section a name must be declared. The union of all steps, the JSON Schema,
the checks of names and the refusal of administrators are derived from the classes.

To add a step, write its class here, what it does to the site in `sim.kernel.steps`, and its words
in the docs.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Union

from pydantic import Discriminator, Field, GetCoreSchemaHandler, Tag, WithJsonSchema
from pydantic_core import CoreSchema

from sim.reference.refusals import Right
from sim.scenario import values
from sim.units import Seconds, parse_duration

STEP_KINDS: dict[str, type["Step"]] = {}
"""The class of each step by its verb. A class enters itself when it is defined."""


class Otherwise(values.ScenarioPart):
    """What to do when a gate has not opened in time, counted from the start."""

    after: values.Duration
    do: Literal["stop", "skip", "proceed"]


class Step(values.ScenarioPart):
    """The keys of every plan step: a name, an administrator and exactly one kind of timing."""

    verb: ClassVar[str]
    """The first key of the step."""
    right: ClassVar[Right | None] = None
    """What an administrator needs (PRE-3, PRE-4). None: only a Full Administrator may do it."""
    at_least_one_of: ClassVar[tuple[str, ...]] = ()
    """Keys that are optional one by one, but not all of them."""
    concerns: ClassVar[Literal["conditions", "reach", "deployment"]] = "conditions"
    """What the step can change: the conditions under which a device onboards, only which devices
    the policies reach and when, or nothing but to reach more devices. Lint takes the first for
    any step that does not say so."""

    name: values.Name | None = None
    by: Annotated[values.Name | None, values.DeclaredIn("administrators")] = None
    """None: the first administrator."""
    at: values.When | None = None
    after: str | None = None
    """`STEP + DURATION` or `STEP`."""
    when: str | None = None
    otherwise: Otherwise | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the class under its verb."""
        cls.verb = next(key for key in cls.model_fields if key not in Step.model_fields)
        STEP_KINDS[cls.verb] = cls

    @property
    def policy(self) -> str:
        """The policy that the step is about; empty if it is about something else."""
        names = (getattr(self, key.attribute) for key in values.references(type(self), "policies"))
        return str(next(names, ""))


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

    right = "policies"
    concerns = "deployment"
    deploy: values.PolicyName
    to: values.CollectionNames
    evaluate_every: values.Duration | None = None
    """None: 7 days, as assumed by `evaluation_interval`. The deployment's schedule (TIM-10)."""


class Undeploy(Step):
    """Withdraw a policy's deployments from collections (POL-7)."""

    right = "policies"
    concerns = "reach"
    undeploy: values.PolicyName
    from_: Annotated[values.CollectionNames, Field(alias="from")]


class Update(Step):
    """Give a policy another package (UPD-2)."""

    right = "policies"
    update: values.PolicyName
    package: values.PackageName


class SetWorkspace(Step):
    """Change a policy's workspace values (MMA-6); a value that is left out stays."""

    right = "policies"
    at_least_one_of = ("id", "key")
    set_workspace: values.PolicyName
    id: values.WorkspaceValue | None = None
    key: values.WorkspaceValue | None = None


class SetSampleSharing(Step):
    """Change a policy's sample-sharing choice (POL-2)."""

    right = "policies"
    concerns = "reach"
    set_sample_sharing: values.PolicyName
    to: values.SampleSharing


class Pause(Step):
    """Pause a policy: no further device receives it."""

    right = "policies"
    concerns = "reach"
    pause: values.PolicyName


class Resume(Step):
    """Resume a paused policy."""

    right = "policies"
    concerns = "reach"
    resume: values.PolicyName


class RunScript(Step):
    """Deploy the one-time Group Policy script (UPD-9)."""

    right = "scripts"
    concerns = "deployment"
    run_script: values.PackageName
    on: values.CollectionNames


class RemoveScript(Step):
    """Withdraw the one-time script."""

    right = "scripts"
    concerns = "reach"
    remove_script: values.PackageName
    from_: Annotated[values.CollectionNames, Field(alias="from")]


class Exclude(Step):
    """Exclude a collection from another."""

    right = "collections"
    concerns = "reach"
    exclude: values.CollectionName
    from_: Annotated[values.CollectionName, Field(alias="from")]


class Include(Step):
    """Include a collection in another, or end its exclusion."""

    right = "collections"
    concerns = "reach"
    include: values.CollectionName
    in_: Annotated[values.CollectionName, Field(alias="in")]


class RemoveCollection(Step):
    """Delete a collection with its deployments."""

    right = "collections"
    concerns = "reach"
    remove_collection: values.CollectionName


class SetClientSetting(Step):
    """Change the choice of a client setting for Server 2012 R2 and 2016 (DWN-1, DWN-6)."""

    right = "client_settings"
    set_client_setting: values.SettingName
    downlevel_client: values.DownlevelClient


class SetSiteVersion(Step):
    """Update the site."""

    set_site_version: values.Version


class SetClientVersion(Step):
    """Upgrade the ConfigMgr client of collections."""

    set_client_version: values.Version
    on: values.CollectionNames


_SCALAR = {"type": ["string", "number", "boolean"]}
_TRAITS = {"additionalProperties": _SCALAR, "type": "object", "minProperties": 1}


class Patch(Step):
    """Change a trait on the devices of collections, within a time (DWN-9)."""

    patch: Annotated[dict[str, Any], WithJsonSchema(_TRAITS)]
    on: values.CollectionNames
    within: values.Duration


class Restart(Step):
    """Restart the devices of collections, within a time (UPD-1)."""

    concerns = "reach"
    restart: values.CollectionNames
    within: values.Duration


def step_verb(step: object) -> str | None:
    """Return the verb of a step, written (a mapping) or built (a `Step`); None when it has none."""
    if isinstance(step, Step):
        return step.verb
    if isinstance(step, Mapping):
        return next((verb for verb in STEP_KINDS if verb in step), None)
    return None


class _ByVerb:
    """Make pydantic read a step as the class of its verb: errors are then about that class."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = tuple(Annotated[kind, Tag(verb)] for verb, kind in STEP_KINDS.items())
        union: Any = Union
        return handler.generate_schema(Annotated[union[kinds], Discriminator(step_verb)])


PlanStep = Annotated[Step, _ByVerb()]
"""Any step of `STEP_KINDS`."""
