"""The fleet: one source, a mix that adds up, systems of the catalogue, a file that is there."""

from collections.abc import Iterator, Mapping

from sim.scenario.findings import Finding, Scene, unknown
from sim.scenario.platform_names import MIXES, operating_systems
from sim.scenario.yaml_text import Loc
from sim.units import MILLION, WEEK, PartsPerMillion, format_share

MOST_DEVICES = 2_000_000
"""The largest fleet of a run."""
_MIX: Loc = ("fleet", "generate", "mix")


def fleet_source(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with where the fleet comes from."""
    fleet = scene.scenario.fleet
    if (fleet.generate is None) == (fleet.import_ is None):
        what = "both generate and import" if fleet.generate else "neither generate nor import"
        yield Finding(("fleet",), what, "a fleet has exactly one of them")
    file = fleet.import_.file if fleet.import_ else None
    if file and scene.folder is not None and not (scene.folder / file).is_file():
        expected = "file names are relative to the scenario"
        yield Finding(("fleet", "import", "file"), f'there is no file "{file}"', expected)


def mix(scene: Scene) -> Iterator[Finding]:
    """Yield what is wrong with the mix of systems of a made-up fleet."""
    generate = scene.scenario.fleet.generate
    if generate is None:
        return
    if isinstance(generate.mix, str):
        if generate.mix not in MIXES:
            yield unknown(_MIX, "mix", generate.mix, MIXES)
    else:
        yield from _table(generate.mix)


def too_many_joining(scene: Scene) -> Iterator[Finding]:
    """Yield a finding where so many devices join that the fleet cannot be simulated."""
    generate = scene.scenario.fleet.generate
    if generate is None:
        return
    weeks = scene.scenario.horizon // WEEK + 1
    if generate.devices + generate.joins_per_week * weeks > MOST_DEVICES:
        what = f"with those that join there would be more than {MOST_DEVICES} devices"
        loc: Loc = ("fleet", "generate", "joins_per_week")
        yield Finding(loc, what, "fewer devices, or a nearer horizon")


def _table(shares: Mapping[str, PartsPerMillion]) -> Iterator[Finding]:
    known = operating_systems()
    for system in shares:
        if system not in known:
            yield unknown((*_MIX, system), "operating system", system, known)
    total = sum(shares.values())
    if total != MILLION:
        yield Finding(_MIX, f"the shares add up to {format_share(total)}", "100 %")
