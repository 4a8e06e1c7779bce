"""The luck that both scenarios of a comparison meet: one seed, as many replications."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.loader import Loaded


@dataclass(frozen=True, slots=True)
class Luck:
    """What decides chance in every scenario that is simulated."""

    seed: int
    replications: int
    alone: int = 1
    """The number of the replication, where it is a single one."""


def luck_of_all(
    sides: tuple[Path, Path],
    read: "Sequence[Loaded | None]",
    seed: int | None,
    replications: int | None,
) -> Luck:
    """Return what the options say; else that of the run folder there is, else that of A."""
    lucks = [
        _luck_of_folder(path) if one is None else _luck_of(one)
        for path, one in zip(sides, read, strict=True)
    ]
    first = lucks[read.index(None) if None in read else 0]
    return Luck(
        first.seed if seed is None else seed,
        replications or first.replications,
        1 if replications else first.alone,
    )


def _luck_of(loaded: "Loaded") -> Luck:
    return Luck(loaded.scenario.seed, loaded.scenario.replications)


def _luck_of_folder(folder: Path) -> Luck:
    """Return seed and number of replications of a run folder; of a damaged one whatever."""
    import json

    from sim.output.comparison_folders import replication_folders

    origin = json.loads((folder / "provenance.json").read_text("utf-8"))
    seed, alone = origin.get("seed"), origin.get("replication")
    return Luck(
        seed if isinstance(seed, int) else 0,
        len(replication_folders(folder, 1)),
        alone if isinstance(alone, int) and alone > 0 else 1,
    )


def remarks_on(letter: str, loaded: "Loaded | None", luck: Luck) -> Iterator[str]:
    """Yield where a scenario is run with another luck than it says itself."""
    if loaded is None:
        return
    own = loaded.scenario
    if own.seed != luck.seed:
        yield f"{letter} is run with seed {luck.seed} instead of its own {own.seed}."
    if own.replications != luck.replications:
        count = luck.replications
        many = f"{count} replication{'' if count == 1 else 's'}"
        yield f"{letter} is run with {many} instead of its own {own.replications}."
    if luck.alone > 1:
        yield f"{letter} is run as replication {luck.alone} alone, like the run folder."


def with_luck(loaded: "Loaded", luck: Luck) -> "Loaded":
    """Return a scenario that will meet that luck."""
    from dataclasses import replace

    update = {"seed": luck.seed, "replications": luck.replications}
    return replace(loaded, scenario=loaded.scenario.model_copy(update=update))
