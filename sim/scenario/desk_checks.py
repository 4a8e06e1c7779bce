"""The support desk: causes that a technician can repair, hours that are some time, work to do."""

from collections.abc import Iterator

from sim.errors import nearest
from sim.reference.repairs import REPAIRS
from sim.scenario.findings import Finding, Scene
from sim.scenario.time_checks import seconds_of
from sim.scenario.yaml_text import Loc
from sim.units import MINUTE, WEEK
from sim.vocabulary import CAUSES


def support_desk(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with the support desk."""
    desk = scene.scenario.support_desk
    if desk is None:
        return
    opens, closes = desk.hours.split("-")
    if not opens < closes or closes > "24:00":
        expected = "such as 08:00-17:00"
        yield Finding(("support_desk", "hours"), "the desk closes before it opens", expected)
    begins = 0 if desk.from_ is None else seconds_of(scene, desk.from_)
    ends = scene.scenario.horizon if desk.until is None else seconds_of(scene, desk.until)
    if begins >= min(ends, scene.scenario.horizon) > 0:
        place = "from" if desk.until is None else "until"
        what = "the desk never works: it begins at or after its end or the horizon"
        yield Finding(("support_desk", place), what, "from before until, both within the run")
    for cause, work in desk.repairs.items():
        loc: Loc = ("support_desk", "repairs", cause)
        if cause not in CAUSES:
            yield Finding(loc, f'unknown cause "{cause}"', "", nearest(cause, tuple(REPAIRS)))
        elif cause not in REPAIRS:
            what = f"{cause} is not put right on a single device"
            yield Finding(loc, what, f"one of {', '.join(REPAIRS)}")
        elif not MINUTE <= work <= WEEK:
            yield Finding(loc, "no usable time of work", "between 1 min and 7 d")
