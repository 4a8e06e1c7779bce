"""One device's story from a run folder: what befell it, in order, with the rules behind it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput, nearest
from sim.reference.causes import REMEDIES
from sim.reference.rules import RULES
from sim.run_folder.archive import is_run_folder
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import load_scenario
from sim.scenario.model import Scenario
from sim.text.events import cause_text, event_sentence, gap_text
from sim.text.numbers import date_text, printable, system_text, words
from sim.units import DAY, HOUR, MINUTE, Seconds

MOST_COMPARED = 20_000
"""Names among which the nearest is looked for."""

_TEXT_AT = 37
"""Where the text of a line begins."""

_LONGEST_ROUND = 4
_FEWEST_ROUNDS = 4

_ROUTES = {
    "config_file": "by the configuration file alone",
    "mde_client": "by the MDE client",
    "mma": "by the Microsoft Monitoring Agent (MMA)",
    "none": "by no route",
}


def story(folder: Path, device: str) -> list[str]:
    """Return the lines that tell one device's story.

    Raises UnusableInput when *folder* is no run folder, is damaged, or has no such device.
    """
    if not is_run_folder(folder):
        what = f"{folder} is not a run folder"
        raise _unusable(what, "a folder that fleetsim run wrote")
    try:
        return _told(folder, device)
    except (KeyError, AttributeError, TypeError, OverflowError):
        raise _damaged(folder) from None


def _told(folder: Path, device: str) -> list[str]:
    row = _row_of(folder, device)
    events = _events_of(folder, row["name"])
    clock = _clock_at(row["location"], load_scenario(folder / "scenario.yaml").scenario)
    lines = [*_heading(row), ""]
    if events:
        lines.append(f"{'When (' + clock.time_zone + ')':<22}  {'Since start':>11}  What, and why")
    lines += _lines(events, clock)
    if not events:
        lines.append("Nothing befell this device.")
    lines += ["", *_ending(row), *_rules_behind(events, row)]
    return [printable(line) for line in lines]


def _clock_at(location: str, scenario: Scenario) -> SiteClock:
    """Return the wall clock of a location; the site's where it has none of its own."""
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    zones = {place.name: place.time_zone for place in scenario.locations}
    return clock.in_zone(zones.get(location) or clock.time_zone)


def _unusable(what: str, expected: str = "", suggestion: str = "") -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected, suggestion=suggestion)])


def _read(folder: Path, file: str, **how: Any) -> Any:
    """Read a table of the run folder; say which file is damaged."""
    import pyarrow
    from pyarrow import parquet

    try:
        with (folder / file).open("rb") as source:
            return parquet.read_table(source, use_threads=False, pre_buffer=False, **how)
    except (OSError, pyarrow.ArrowException):
        raise _damaged(folder / file) from None


def _damaged(file: Path) -> UnusableInput:
    return _unusable(f"{file} is missing or damaged", "a whole run folder; run the scenario again")


def _row_of(folder: Path, device: str) -> dict[str, Any]:
    table = _read(folder, "devices.parquet")
    names = table["name"].to_pylist()
    folded = {name.casefold(): number for number, name in enumerate(names)}
    if device.casefold() not in folded:
        near = nearest(device, names[:MOST_COMPARED])
        raise _unusable(f'no device "{device}" in {folder}', "a name of devices.csv", near)
    row: dict[str, Any] = table.slice(folded[device.casefold()], 1).to_pylist()[0]
    return row


def _events_of(folder: Path, device: str) -> list[dict[str, Any]]:
    table = _read(folder, "events.parquet", filters=[("device", "==", device)])
    events: list[dict[str, Any]] = table.to_pylist()
    return events


def _heading(row: dict[str, Any]) -> Iterator[str]:
    place = f" in {row['location']}" if row["location"] else ""
    yield f"{row['name']}: {system_text(row['os'])}{place}, onboards {_ROUTES[row['route']]}"
    if row["collections"]:
        yield f"Collections: {row['collections']}"


def _lines(events: list[dict[str, Any]], clock: SiteClock) -> Iterator[str]:
    """Tell the events in order: a date stands once for its day, a gap of days on its own line."""
    date, before = "", None
    for event, again in folded(events):
        moment = clock.datetime_at(event["time"])
        today = date_text(moment)
        if again:
            yield f"{'':<{_TEXT_AT}}... the same {again} more times, until {today} {moment:%H:%M}"
        else:
            gap = "" if before is None else gap_text(event["time"] - before)
            if gap:
                yield f"{'':<{_TEXT_AT}}... {gap}"
            yield _line(event, f"{'' if today == date and not gap else today:<15} {moment:%H:%M}")
        date, before = "" if again else today, event["time"]


def _line(event: dict[str, Any], when: str) -> str:
    rule = f"  [{event['rule']}]" if event["rule"] else ""
    return f"{when:<22}  {_since_start(event['time']):>11}  {event_sentence(event)}{rule}"


def folded(events: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield (event, 0) in order; of a round that repeats, only the first.

    Then comes its last event, with the number of rounds that were left out before and with it.
    A round is up to four events that say the same each time, such as an install that starts and
    fails every day; it takes four of them to be worth folding.
    """
    told = [event_sentence(event) + event["rule"] for event in events]
    place = 0
    while place < len(events):
        length, rounds = _repeated(told, place)
        for event in events[place : place + length]:
            yield event, 0
        if rounds > 1:
            yield events[place + length * rounds - 1], rounds - 1
        place += length * rounds


def _repeated(told: Sequence[str], place: int) -> tuple[int, int]:
    """Return the length of the round that begins at a place, and how often it comes in a row."""
    for length in range(1, _LONGEST_ROUND + 1):
        rounds = 1
        first = told[place : place + length]
        while told[place + rounds * length : place + (rounds + 1) * length] == first:
            rounds += 1
        if rounds >= _FEWEST_ROUNDS:
            return length, rounds
    return 1, 1


def _since_start(seconds: Seconds) -> str:
    """Write a time since the start so that events of one hour can be told apart.

    >>> _since_start(191520), _since_start(59)
    ('2 d 05:12', '0 d 00:00')
    """
    days, rest = divmod(seconds, DAY)
    return f"{days} d {rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}"


def _ending(row: dict[str, Any]) -> Iterator[str]:
    cause = f". {cause_text(row['cause'])}" if row["cause"] else ""
    rule = f"  [{row['rule']}]" if row["rule"] else ""
    yield f"At the end: {words(row['status'])}{cause}{rule}"
    remedy = REMEDIES.get(row["cause"])
    if remedy is not None:
        yield f"What to do: {remedy.remedy}"


def _rules_behind(events: list[dict[str, Any]], row: dict[str, Any]) -> Iterator[str]:
    """Name each rule that the story refers to, in order of appearance."""
    ids = dict.fromkeys([*(event["rule"] for event in events), row["rule"]])
    known = [RULES[id] for id in ids if id in RULES]
    if known:
        yield ""
        yield "Rules (fleetsim explain ID tells more):"
        yield from (f"  {rule.id:<7} {rule.title}" for rule in known)
