"""A comparison on one screen, in plain text: the answer first, then figures, edits and devices."""

import textwrap
from collections.abc import Iterator, Sequence

from sim.comparison import words
from sim.comparison.comparison import RunComparison, RunFacts
from sim.comparison.devices import TimeChanges
from sim.comparison.estimates import CONFIDENCE
from sim.text.numbers import count_text, length_text, names_text, printable

WIDTH = 80
LINES = 40
_MAX_EDITS = 5
_LINES_OF_AN_EDIT = 3
_MAX_CHANGES = 4
_MIN_NOTE_LINES = 5
_MAX_NAMES = 3


def comparison_lines(c: RunComparison) -> list[str]:
    """Return the lines that show at a terminal how two runs differ.

    What does not fit is counted; the JSON has all of it.
    """
    head = [*textwrap.wrap(words.answer_sentence(c), WIDTH), "", _run("A", c.a), _run("B", c.b), ""]
    blocks = [_table(c), _edits(c)]
    if c.differs:
        blocks += [_devices(c), _changes(c)]
    lines = [*head, *(line for block in blocks for line in (*block, ""))]
    room = max(LINES - len(lines), _MIN_NOTE_LINES)
    return [
        (line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
        for line in (*lines, *_notes(c, room))
    ]


def _run(letter: str, run: RunFacts) -> str:
    count = len(run.replications)
    many = f", {count} replications" if count > 1 else ""
    name, source = printable(run.scenario.name), printable(run.source)
    return f"{letter}  {source} · {name} · seed {run.scenario.seed}{many}"


def _table(c: RunComparison) -> Iterator[str]:
    rows = words.figure_rows(c)
    has_interval = any(row.interval for row in rows)
    above = f"B - A ({CONFIDENCE:.0%} interval)" if has_interval else "B - A"
    end = words.end_text(c)
    rows = [words.FigureRow(f"{end[0].upper()}{end[1:]}", "A", "B", above, ""), *rows]
    first, a, b = (
        max(map(len, cells)) for cells in zip(*((r.title, r.a, r.b) for r in rows), strict=True)
    )
    for row in rows:
        before = f"{row.title:<{first}}  {row.a:>{a}}  {row.b:>{b}}  "
        yield from _beside(before, row.difference, f"({row.interval})" if row.interval else "")


def _beside(before: str, difference: str, interval: str) -> Iterator[str]:
    """Yield a row of the table; what has no room on it comes on the next line."""
    rest = " ".join(filter(None, (difference, interval)))
    parts = [rest] if len(before) + len(rest) <= WIDTH else [difference, interval]
    line = before
    for part in filter(None, parts):
        if len(line) + len(part) > WIDTH or line != before:
            yield line.rstrip()
            line = " " * min(len(before), WIDTH - len(part))
        line += part
    yield line.rstrip()


def _edits(c: RunComparison) -> Iterator[str]:
    if not c.edits:
        yield "What was edited: nothing that affects a run."
        return
    yield f"What was edited ({len(c.edits)})"
    for edit in c.edits[:_MAX_EDITS]:
        yield from textwrap.wrap(
            printable(edit.words),
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            max_lines=_LINES_OF_AN_EDIT,
            placeholder=" …",
        )
    yield from _more(len(c.edits) - _MAX_EDITS)


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"  and {number:,} more, in the JSON"


def _devices(c: RunComparison) -> Iterator[str]:
    devices = c.devices
    first = c.a.replications[0], c.b.replications[0]
    of = f" of replication {first[0]}" if len(c.pairs) > 1 and first[0] == first[1] else ""
    first_line = f"Devices{of}: {count_text(devices.in_both)} in both"
    for letter, names in (("A", devices.only_a), ("B", devices.only_b)):
        first_line += f", {count_text(len(names))} only in {letter}" if names else ""
    yield first_line
    for letter, names in (("A", devices.only_a), ("B", devices.only_b)):
        if names:
            yield _named(f"  only in {letter}", names)
    for word, changes in (("earlier", devices.earlier), ("later", devices.later)):
        yield _time_changes(word, changes)
    yield f"{count_text(devices.same_time):>7}  onboard in the same second"
    for word, names in (
        ("newly onboarded in B", devices.newly_onboarded),
        ("no longer onboarded in B", devices.no_longer_onboarded),
    ):
        if names:
            yield _named(f"{count_text(len(names)):>7}  {word}", names)


def _named(text: str, names: tuple[str, ...]) -> str:
    """Return a text followed by as many of the names as fit in a line, at least one."""
    lines = [f"{text}: {names_text(names, most)}" for most in range(_MAX_NAMES, 0, -1)]
    return next((line for line in lines if len(line) <= WIDTH), lines[-1])


def _time_changes(word: str, changes: TimeChanges) -> str:
    text = f"{count_text(len(changes.devices)):>7}  {word} in B"
    if not changes.devices:
        return text
    low, middle, high, most = (
        length_text(round(changes.size(at) or 0)) for at in (10, 50, 90, 100)
    )
    first = printable(changes.devices[0].name)
    if changes.size(0) == changes.size(100):
        return f"{text}, all by {most}"
    whole = f"{text}: median {middle}, 8 of 10 by {low} to {high}, most {most}"
    named = f"{whole} ({first})"
    return named if len(named) <= WIDTH else whole


def _changes(c: RunComparison) -> Iterator[str]:
    devices = c.devices
    yield f"Status changed: {count_text(devices.changed)}"
    for change in devices.changes[:_MAX_CHANGES]:
        yield (
            _named(f"{count_text(len(change.names)):>7}  {words.change_text(change)}", change.names)
        )
    yield from _more(len(devices.changes) - _MAX_CHANGES)
    other = sum(len(change.names) for change in devices.cause_changes)
    if other:
        yield f"{count_text(other):>7}  have the same status but another cause"


def _notes(c: RunComparison, room: int) -> Sequence[str]:
    """Return the notes, wrapped; those without room are counted."""
    lines: list[str] = []
    notes = words.comparison_notes(c)
    for place, note in enumerate(notes):
        wrapped = textwrap.wrap(f"Note: {printable(note)}", WIDTH, subsequent_indent="      ")
        if lines and len(lines) + len(wrapped) > room:
            return [*lines, f"Note: {len(notes) - place} more, in the JSON."]
        lines += wrapped
    return lines
