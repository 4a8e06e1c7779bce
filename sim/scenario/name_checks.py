"""Names: each given once in its section, each one used declared somewhere."""

from collections.abc import Iterator

from sim.reference.refusals import POLICY_VERBS
from sim.scenario.findings import Finding, Scene, unknown
from sim.scenario.model import Step, step_verb
from sim.scenario.yaml_text import Loc

_SECTIONS: dict[str, tuple[Loc, str]] = {
    "administrators": (("site", "administrators"), "administrator"),
    "locations": (("locations",), "location"),
    "collections": (("collections",), "collection"),
    "client_settings": (("client_settings",), "client setting"),
    "packages": (("packages",), "package"),
    "policies": (("policies",), "policy"),
    "plan": (("plan",), "step"),
}

_IN_SECTIONS = {
    "collections": {
        "limit_to": "collections", "include": "collections", "exclude": "collections",
    },
    "maintenance_windows": {"collection": "collections"},
    "client_settings": {"collection": "collections"},
    "policies": {"package": "packages"},
}  # fmt: skip
"""Section and field, and the section in which the name must be declared."""

_IN_STEPS = {
    **{(verb, verb): "policies" for verb in POLICY_VERBS},
    ("update", "package"): "packages",
    ("run_script", "run_script"): "packages",
    ("remove_script", "remove_script"): "packages",
    ("exclude", "exclude"): "collections",
    ("include", "include"): "collections",
    ("remove_collection", "remove_collection"): "collections",
    ("restart", "restart"): "collections",
    ("set_client_setting", "set_client_setting"): "client_settings",
    ("deploy", "to"): "collections",
    **{(verb, "from"): "collections" for verb in ("undeploy", "remove_script", "exclude")},
    ("include", "in"): "collections",
    **{(verb, "on"): "collections" for verb in ("run_script", "set_client_version", "patch")},
}
"""Verb and field of a step, and the section in which the name must be declared."""


def repeated_names(scene: Scene) -> Iterator[Finding]:
    """Yield each name that a section gives twice; names differ by case."""
    for section, (place, kind) in _SECTIONS.items():
        seen: set[str] = set()
        for position, name in enumerate(_declared(scene, section)):
            if name in seen:
                what = f'a second {kind} named "{name}"'
                yield Finding((*place, position, "name"), what, "names in a section are unique")
            if name:
                seen.add(name)


def _declared(scene: Scene, section: str) -> list[str | None]:
    return [item.name for item in scene.items(section)]


def unknown_references(scene: Scene) -> Iterator[Finding]:
    """Yield each use of a name that is declared nowhere."""
    for section, fields in _IN_SECTIONS.items():
        for position, item in enumerate(scene.items(section)):
            for field, target in fields.items():
                used = getattr(item, field)
                yield from _missing(scene, (section, position, field), used, target)
    for position, step in enumerate(scene.scenario.plan):
        yield from _of_step(scene, ("plan", position), step)


def _of_step(scene: Scene, loc: Loc, step: Step) -> Iterator[Finding]:
    verb = step_verb(step)
    for (owner, field), target in _IN_STEPS.items():
        if owner == verb:
            attribute = f"{field}_" if field in ("from", "in") else field
            yield from _missing(scene, (*loc, field), getattr(step, attribute), target)
    yield from _missing(scene, (*loc, "by"), step.by, "administrators")


def _missing(
    scene: Scene, loc: Loc, used: str | tuple[str, ...] | None, section: str
) -> Iterator[Finding]:
    known, kind = scene.known(section), _SECTIONS[section][1]
    if known is None or used is None:
        return
    if isinstance(used, str):
        if used not in known:
            yield unknown(loc, kind, used, known)
        return
    for position, name in enumerate(used):
        if name not in known:
            yield unknown((*loc, position), kind, name, known)
