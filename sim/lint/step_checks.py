"""Steps of the plan: those that the site refuses, those that never come, slow collections."""

from collections.abc import Iterator

from sim.lint.analysis import Analysis, PlannedStep
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import shut_steps, stops
from sim.reference.refusals import role_needed
from sim.scenario.model import Package, Policy
from sim.scenario.steps import Deploy, RunScript, SetSiteVersion, Update, parse_after
from sim.text.numbers import join_words, plural
from sim.units import format_duration


def refused_steps(analysis: Analysis) -> Iterator[Finding]:
    """Yield each step that the site refuses (PRE-3, PRE-4, UPL-3, UPD-9, DWN-3).

    Who may do it is always certain; the rest may hang on the time of a step behind a gate.
    """
    steps = {one.name: one for one in analysis.steps}
    is_plain = all(
        analysis.is_exact[one.number]
        for one in analysis.steps
        if isinstance(one.step, Update | SetSiteVersion)
    )
    for row in analysis.rows("step_refused"):
        one = steps[row.step]
        if row.cause == "role_missing":
            yield _without_role(analysis, one, row.rule)
        elif not (is_plain and analysis.is_exact[one.number]) and _may_change(analysis, row.cause):
            what = f"the step {one.name} changes nothing in the rehearsal: the site refuses it"
            what += f" ({row.cause})"
            advice = "let the steps that it needs come first, at a time of their own"
            yield analysis.find("LNT-904", ("plan", one.number), what, advice, rule=row.rule)
        elif row.cause == "site_version":
            what = f"the step {one.name} is refused: the site does not know the MDE client yet"
            advice = "update the site to 2207 or later first, with set_site_version"
            yield analysis.find("LNT-903", one.loc, what, advice, rule=row.rule)
        else:
            yield _with_wrong_package(analysis, one, row.cause, row.rule)


def _may_change(analysis: Analysis, cause: str) -> bool:
    """Say whether any step of the plan changes what a refusal is about."""
    kind = SetSiteVersion if cause == "site_version" else Update
    return any(isinstance(step, kind) for step in analysis.scenario.plan)


def _without_role(analysis: Analysis, one: PlannedStep, rule: str) -> Finding:
    who = one.step.by or analysis.scenario.site.administrators[0].name
    needed = role_needed(one.step.right)
    return analysis.find(
        "LNT-901",
        ("plan", one.number, "by" if one.step.by else one.verb),
        f"the step {one.name} is refused: {who} lacks the role for {one.verb}",
        f"give {who} the role {needed}, or let somebody else do it with by:",
        rule=rule,
    )


def _with_wrong_package(analysis: Analysis, one: PlannedStep, cause: str, rule: str) -> Finding:
    what, advice = f"the step {one.name} is refused ({cause})", "give the site what the step needs"
    if isinstance(one.step, Deploy | Update | RunScript):
        package, method, kind = _package(analysis, one.step)
        is_method = cause == "package_method"
        has = f"is of method {package.method}" if is_method else f"is an {package.kind} package"
        needs = f"method {method}" if is_method else f"kind {kind}"
        what = f"the step {one.name} is refused: the package {package.name} {has}"
        advice = f"download a package of {needs} and name that"
    return analysis.find("LNT-902", one.loc, what, advice, rule=rule)


def _package(analysis: Analysis, step: Deploy | Update | RunScript) -> tuple[Package, str, str]:
    """Return the package that a step hands out, with the method and the kind that it needs."""
    packages = {package.name: package for package in analysis.scenario.packages}
    if isinstance(step, RunScript):
        return packages[step.run_script], "group_policy", "onboarding"
    policy = _policy(analysis, step.policy)
    name = step.package if isinstance(step, Update) else policy.package
    return packages[name], "configuration_manager", policy.kind


def _policy(analysis: Analysis, name: str) -> Policy:
    return next(policy for policy in analysis.scenario.policies if policy.name == name)


def steps_that_never_come(analysis: Analysis) -> Iterator[Finding]:
    """Yield each step that does not come in the rehearsal; a shut gate has a finding of its own."""
    shut = {one.number for one in shut_steps(analysis)}
    for one in analysis.steps:
        if one.came is None and one.number not in shut:
            what = f"the step {one.name} never comes: {_reason(analysis, one)}"
            advice = "bring it forward, lengthen the horizon, or remove it"
            yield analysis.find("LNT-904", ("plan", one.number), what, advice)


def _reason(analysis: Analysis, one: PlannedStep) -> str:
    beyond = f"it lies beyond the horizon of {format_duration(analysis.scenario.horizon)}"
    if one.step.after is not None:
        name, delay = parse_after(one.step.after)
        before = next(other for other in analysis.steps if other.step.name == name)
        if before.came is None:
            return f"{name}, which it follows, never comes"
        if before.came + delay >= analysis.scenario.horizon:
            return beyond
    stopped = [other.name for other in stops(analysis)]
    if stopped:
        return f"the plan has stopped by then at the gate of {join_words(stopped)}"
    return beyond


def slow_collections(analysis: Analysis) -> Iterator[Finding]:
    """Yield deployments to collections that devices join later, evaluated weekly (TIM-4)."""
    scheduled = {one.name for one in analysis.scenario.collections if one.evaluation == "scheduled"}
    joined = {row.device for row in analysis.rows("joined")}
    interval = format_duration(analysis.prepared.assumed["collection_full_interval"])
    for step in dict.fromkeys(reach.step for reach in analysis.witness.deployed):
        reached = [one.collection for one in analysis.witness.deployed if one.step == step]
        slow = [name for name in reached if name in scheduled]
        newcomers = {n for name in slow for n in analysis.ever_members[name]} & joined
        if newcomers:
            what = f"{plural(len(newcomers), 'device')} that join later wait up to {interval} for"
            what += f" the evaluation of {join_words(slow)}"
            advice = "give the collection evaluation: incremental, if newcomers shall not wait"
            yield analysis.find(
                "LNT-711", analysis.steps[step].loc, what, advice,
                cause="awaiting_collection", devices=newcomers,
            )  # fmt: skip
