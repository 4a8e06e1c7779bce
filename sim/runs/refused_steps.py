"""Steps of the plan that the site refuses: which one, whose it was, why, and what to do.

A refused step changes nothing, so figures alone do not show it. The words are the same in lint, on
the screen of a run and in its report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.eventlog import EventLog
from sim.reference.refusals import role_needed
from sim.scenario.model import Package, Scenario
from sim.scenario.steps import Deploy, RunScript, Step, Update, step_names


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """One step that was refused."""

    name: str
    administrator: str
    why: str
    """A clause without a full stop."""
    advice: str
    """What to do: a clause that begins in lower case."""
    cause: str
    rule: str

    @property
    def sentence(self) -> str:
        """The refusal and what to do about it, as sentences."""
        advice = f"{self.advice[0].upper()}{self.advice[1:]}"
        return (
            f'The step "{self.name}" of {self.administrator} was refused: {self.why}'
            f" ({self.cause}, {self.rule}). {advice}."
        )


def refusal_words(scenario: Scenario, step: Step, cause: str) -> tuple[str, str, str]:
    """Return who wanted a refused step, why it was refused, and what to do."""
    who = step.by or scenario.site.administrators[0].name
    if cause == "role_missing":
        advice = f"give {who} the role {role_needed(step.right)}, or name another"
        return (
            who,
            f"{who} does not have the role for {step.verb}",
            f"{advice} administrator with by:",
        )
    if cause == "site_version":
        return (
            who,
            "the site does not have the MDE client setting before version 2207",
            "update the site to 2207 or later first, with set_site_version",
        )
    if isinstance(step, Deploy | Update | RunScript):
        package, method, kind = _package(scenario, step)
        is_method = cause == "package_method"
        has = f"of method {package.method}" if is_method else f"an {package.kind} package"
        why = f"the package {package.name} is {has}"
        if package.method == "local_script" and isinstance(step, RunScript):
            why += ", whose script asks questions: deployed by ConfigMgr, it would wait for"
            why += " an answer and hang on each device"
        needed = f"method {method}" if is_method else f"kind {kind}"
        return who, why, f"download a package of {needed} and name that"
    return who, cause.replace("_", " "), "give the site what the step needs"


def _package(scenario: Scenario, step: Deploy | Update | RunScript) -> tuple[Package, str, str]:
    """Return the package that a step hands out, with the method and the kind that it needs."""
    packages = {package.name: package for package in scenario.packages}
    if isinstance(step, RunScript):
        return packages[step.run_script], "group_policy", "onboarding"
    policy = next(each for each in scenario.policies if each.name == step.policy)
    name = step.package if isinstance(step, Update) else policy.package
    return packages[name], "configuration_manager", policy.kind


def refused_in(scenario: Scenario, log: EventLog) -> tuple[RefusedStep, ...]:
    """Return the refused steps of one replication, in order of time."""
    steps = dict(zip(step_names(scenario.plan), scenario.plan, strict=True))
    return tuple(
        RefusedStep(name, *refusal_words(scenario, steps[name], cause), cause, rule)
        for name, cause, rule in log.rows(("step_refused",), "step", "cause", "rule")
    )


def refusals_over(of_each: Sequence[Sequence[RefusedStep]]) -> Iterator[tuple[RefusedStep, int]]:
    """Yield each refused step of some replications, and in how many of them it was refused."""
    for refused in dict.fromkeys(refused for each in of_each for refused in each):
        yield refused, sum(refused in each for each in of_each)
