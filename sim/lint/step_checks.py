"""Steps of the plan: those that the site refuses, those that never come, slow collections."""

from collections.abc import Iterator

from sim.lint.course import Coming
from sim.lint.finding import Finding
from sim.lint.survey import Survey
from sim.reference.refusals import role_needed
from sim.scenario.steps import Deploy, RunScript, Update, parse_after
from sim.text.numbers import join_words, plural
from sim.units import format_duration


def refused_steps(survey: Survey) -> Iterator[Finding]:
    """Yield each step that the site certainly refuses (PRE-3, PRE-4, UPL-3, UPD-9, DWN-3)."""
    for coming in survey.comings:
        if coming.refusal is None or coming.earliest is None:
            continue
        if coming.refusal.cause == "role_missing":
            yield _without_role(survey, coming)
        elif coming.refusal.cause == "site_version":
            what = f"the step {coming.name} is refused: the site does not know the MDE client yet"
            advice = "update the site to 2207 or later first, with set_site_version"
            yield survey.find("LNT-903", ("plan", coming.number, coming.verb), what, advice)
        else:
            yield _with_wrong_package(survey, coming)


def _without_role(survey: Survey, coming: Coming) -> Finding:
    assert coming.refusal is not None
    who = coming.step.by or survey.scenario.site.administrators[0].name
    needed = role_needed(coming.step.right)
    return survey.find(
        "LNT-901",
        ("plan", coming.number, "by" if coming.step.by else coming.verb),
        f"the step {coming.name} is refused: {who} lacks the role for {coming.verb}",
        f"give {who} the role {needed}, or let somebody else do it with by:",
        rule=coming.refusal.rule,
    )


def _with_wrong_package(survey: Survey, coming: Coming) -> Finding:
    refusal, step = coming.refusal, coming.step
    assert refusal is not None
    if isinstance(step, RunScript):
        package, wanted = survey.site.packages[step.run_script], "group_policy"
    elif isinstance(step, Update):
        package, wanted = survey.site.packages[step.package], "configuration_manager"
    else:
        assert isinstance(step, Deploy)
        package = survey.site.packages[survey.site.policies[step.deploy].package]
        wanted = "configuration_manager"
    is_method = refusal.cause == "package_method"
    has = f"is of method {package.method}" if is_method else f"is an {package.kind} package"
    kind = "onboarding"
    if isinstance(step, Deploy | Update):
        policy = step.deploy if isinstance(step, Deploy) else step.update
        kind = survey.site.kind(policy)
    needs = f"method {wanted}" if is_method else f"kind {kind}"
    return survey.find(
        "LNT-902",
        ("plan", coming.number, coming.verb),
        f"the step {coming.name} is refused: the package {package.name} {has}",
        f"download a package of {needs} and name that",
        rule=refusal.rule,
    )


def steps_that_never_come(survey: Survey) -> Iterator[Finding]:
    """Yield each step that certainly never comes; a shut gate is told of elsewhere."""
    for coming in survey.comings:
        is_shut = coming.number in survey.openings and survey.openings[coming.number] is None
        if coming.earliest is None and not is_shut:
            what = f"the step {coming.name} never comes: {_reason(survey, coming)}"
            advice = "bring it forward, lengthen the horizon, or remove it"
            yield survey.find("LNT-904", ("plan", coming.number), what, advice)


def _reason(survey: Survey, coming: Coming) -> str:
    if coming.step.after is not None:
        name, delay = parse_after(coming.step.after)
        before = next(one for one in survey.comings if one.step.name == name)
        if before.earliest is None:
            return f"{name}, which it follows, never comes"
        if before.earliest + delay >= survey.scenario.horizon:
            return f"it lies beyond the horizon of {format_duration(survey.scenario.horizon)}"
    stops = [
        other.name
        for other in survey.comings
        if other.step.otherwise is not None
        and other.step.otherwise.do == "stop"
        and survey.openings.get(other.number, 0) is None
    ]
    if stops:
        return f"the plan has stopped by then at the gate of {join_words(stops)}"
    return f"it lies beyond the horizon of {format_duration(survey.scenario.horizon)}"


def slow_collections(survey: Survey) -> Iterator[Finding]:
    """Yield deployments to collections that devices join later, evaluated weekly (TIM-4)."""
    scheduled = {one.name for one in survey.scenario.collections if one.evaluation == "scheduled"}
    joins = [number for number, here in enumerate(survey.ground.tenures) if here.joins > 0]
    interval = format_duration(survey.ground.assumed["collection_full_interval"])
    for coming in survey.site.acting:
        step = coming.step
        if not isinstance(step, Deploy | RunScript):
            continue
        names = step.to if isinstance(step, Deploy) else step.on
        slow = [name for name in names if name in scheduled]
        members = survey.belonging.meant_of(slow, coming.since)
        newcomers = [number for number in joins if number in members]
        if newcomers:
            what = f"{plural(len(newcomers), 'device')} that join later wait up to {interval} for"
            what += f" the evaluation of {join_words(slow)}"
            yield survey.find(
                "LNT-711",
                ("plan", coming.number, coming.verb),
                what,
                "give the collection evaluation: incremental, if newcomers shall not wait",
                cause="awaiting_collection",
                devices=newcomers,
            )
