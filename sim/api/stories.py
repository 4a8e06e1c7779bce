"""One device's story from a run that is still in memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sim.errors import Problem, UnusableInput, nearest
from sim.files import write_json, write_parquet, write_text
from sim.fleet.writing import write_fleet_parquet
from sim.run_folder.scenario import FLEET_FILE, scenario_text
from sim.run_folder.story import MOST_COMPARED, story
from sim.runs.replication import Replication
from sim.runs.tables import device_table, event_table


def story_text(run: Replication, device: str) -> str:
    """Tell what befell a device, line by line, with the rules behind it.

    Stories are told from run folders; here from one that holds what they need and soon goes.
    Raises UnusableInput when the fleet has no such device.
    """
    names = run.prepared.fleet.names
    if device.casefold() not in map(str.casefold, names):
        near = nearest(device, names[:MOST_COMPARED])
        raise UnusableInput(
            [Problem(f'no device "{device}" in this run', "", "a name of the fleet", near)]
        )
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_json(folder / "provenance.json", {"tool": "fleetsim"})
        write_text(folder / "scenario.yaml", scenario_text(run))
        write_fleet_parquet(run.prepared.fleet, folder / FLEET_FILE)
        write_parquet(folder / "devices.parquet", device_table(run.outcomes))
        write_parquet(folder / "events.parquet", event_table(run.log))
        return "\n".join(story(folder, device))
