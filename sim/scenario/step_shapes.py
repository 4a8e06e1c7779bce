"""The outline of plan steps: one verb, one kind of timing, `otherwise` only with `when`.

Judged on what is written, before the models, so that a misspelled verb is one problem and not
a list of unknown keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.errors import nearest
from sim.scenario.model import STEP_KINDS, Step
from sim.scenario.yaml_text import Loc, Node

_TIMINGS = ("at", "after", "when")
_COMMON = tuple(Step.model_fields)
_VERBS = tuple(STEP_KINDS)


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A step whose outline is wrong; at *loc* in the tree."""

    loc: Loc
    what: str
    expected: str = ""
    suggestion: str = ""
    spoils: bool = False
    """Whether the models cannot make anything of the step."""


def misshapen_steps(root: Node) -> Iterator[Misshapen]:
    """Yield what is wrong with the outline of each step of the plan."""
    plan = root.value.get("plan")
    if plan is None or not isinstance(plan.value, tuple):
        return
    for position, step in enumerate(plan.value):
        if isinstance(step.value, dict):
            yield from _outline(("plan", position), step)


def _outline(loc: Loc, step: Node) -> Iterator[Misshapen]:
    keys = list(step.value)
    yield from _verb(loc, [key for key in keys if key in STEP_KINDS], keys)
    yield from _timing(loc, [key for key in keys if key in _TIMINGS])
    if "otherwise" in keys and "when" not in keys:
        yield Misshapen((*loc, "otherwise"), "otherwise without when", "it belongs to a gate")
    if "set_workspace" in keys and "id" not in keys and "key" not in keys:
        yield Misshapen(loc, "set_workspace sets neither id nor key", "write id: or key:")


def _verb(loc: Loc, verbs: list[str], keys: list[str]) -> Iterator[Misshapen]:
    if len(verbs) > 1:
        what = f"two verbs: {' and '.join(verbs)}"
        yield Misshapen(loc, what, "a step has exactly one", spoils=True)
    if verbs:
        return
    near = [nearest(key, _VERBS) for key in keys if key not in _COMMON]
    suggestion = next((verb for verb in near if verb), "")
    expected = f"one of {', '.join(_VERBS)}"
    yield Misshapen(loc, "a step without a known verb", expected, suggestion, spoils=True)


def _timing(loc: Loc, timings: list[str]) -> Iterator[Misshapen]:
    if not timings:
        yield Misshapen(loc, "a step without a time", "write at:, after: or when:")
    if len(timings) > 1:
        what = f"{' and '.join(timings)} at once"
        yield Misshapen(loc, what, "a step has exactly one of at, after, when")
