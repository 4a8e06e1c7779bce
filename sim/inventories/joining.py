"""Joining files into records, one for each device, by ResourceID.

One kind of file names the devices, and the rows of the others add their facts. A device that only
another file names becomes a record of its own. A row that belongs to no device is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import Problem, UnusableInput
from sim.inventories.account import LeftOut, Reason
from sim.inventories.forms import PORTAL_FORM, RESOURCES
from sim.inventories.sheets import Row, Sheet

Place = tuple[int, int]
"""A row: the number of its sheet, and its place in it."""


@dataclass(frozen=True)
class Records:
    """One record for each device, with all its facts."""

    sheets: tuple[Sheet, ...]
    facts: tuple[str, ...]
    rows: list[Row]
    origins: list[Place]
    """The row that names the device."""
    details: list[tuple[Place, ...]]
    """Rows of other files that belong to the device; empty when there is one file."""
    left_out: tuple[LeftOut, ...]
    """Lines that are no rows, and rows that belong to no device."""

    @property
    def read(self) -> int:
        """How many rows the files hold, damaged ones included."""
        return sum(len(sheet.rows) + len(sheet.faults) for sheet in self.sheets)


def join(sheets: Sequence[Sheet]) -> Records:
    """Return the devices of some files. Raises UnusableInput when they do not belong together."""
    _check(sheets)
    faults = [
        LeftOut(sheet.shown, fault.line, "", Reason.DAMAGED, fault.reason)
        for sheet in sheets
        for fault in sheet.faults
    ]
    sheets = tuple(sheets)
    if len({sheet.form for sheet in sheets}) > 1:
        return _Join(sheets).records(faults)
    facts = tuple(dict.fromkeys(fact for sheet in sheets for fact in sheet.facts))
    rows = [
        row
        for sheet in sheets
        for row in (sheet.rows if sheet.facts == facts else _in_order(sheet, facts))
    ]
    origins = [(number, at) for number, sheet in enumerate(sheets) for at in range(len(sheet.rows))]
    return Records(sheets, facts, rows, origins, [], tuple(faults))


def _in_order(sheet: Sheet, facts: Sequence[str]) -> list[Row]:
    places = [sheet.facts.index(fact) if fact in sheet.facts else -1 for fact in facts]
    return [tuple(row[at] if at >= 0 else "" for at in places) for row in sheet.rows]


def _check(sheets: Sequence[Sheet]) -> None:
    """Refuse files that name no device, or that have nothing to join them by."""
    if not any(sheet.form.names_devices for sheet in sheets):
        what = f"{sheets[0].form.title} does not name the devices"
        expected = "v_R_System or v_CombinedDeviceResources beside it"
        raise UnusableInput([Problem(what, expected=expected, file=sheets[0].shown)])
    forms = {sheet.form for sheet in sheets}
    if len(forms) == 1:
        return
    if PORTAL_FORM in forms:
        what = "an export of the portal and one of the site cannot be joined"
        raise UnusableInput([Problem(what, expected="one of them alone")])
    problems = [
        Problem(
            "the column ResourceID is missing",
            expected="it, because the files are joined by it",
            file=sheet.shown,
            line=1,
        )
        for sheet in sheets
        if "id" not in sheet.facts
    ]
    if problems:
        raise UnusableInput(problems)


class _Join:
    """Joins the rows of several forms by ResourceID."""

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self._sheets = sheets
        named = [n for n, sheet in enumerate(sheets) if sheet.form.names_devices]
        has_resources = any(sheets[n].form is RESOURCES for n in named)
        self._first = [n for n in named if not has_resources or sheets[n].form is RESOURCES]
        self._second = [n for n in named if n not in self._first]
        others = [n for n in range(len(sheets)) if n not in named]
        ordered = (*self._first, *self._second, *others)
        facts = dict.fromkeys(fact for n in ordered for fact in sheets[n].facts if fact)
        self._facts = tuple(facts)
        places = {fact: at for at, fact in enumerate(self._facts)}
        self._pairs = [
            [(places[fact], at) for at, fact in enumerate(sheet.facts) if fact] for sheet in sheets
        ]
        self._by_id: dict[str, list[Place]] = {}
        for number in (*self._second, *others):
            for at, id in enumerate(sheets[number].column("id")):
                self._by_id.setdefault(id, []).append((number, at))

    def records(self, left_out: list[LeftOut]) -> Records:
        """Return the devices, and the rows that belong to none."""
        rows, origins, details = [], [], []
        taken: set[str] = set()
        for number in (*self._first, *self._second):
            is_first = number in self._first
            for at, id in enumerate(self._sheets[number].column("id")):
                if not is_first and id in taken:
                    continue
                more: tuple[Place, ...] = ()
                if id:
                    more = tuple(p for p in self._by_id.get(id, ()) if p != (number, at))
                    taken.add(id)
                rows.append(self._merged((number, at), more))
                origins.append((number, at))
                details.append(more)
        left_out += self._without_device(taken)
        return Records(self._sheets, self._facts, rows, origins, details, tuple(left_out))

    def _merged(self, first: Place, more: Sequence[Place]) -> Row:
        """Return all facts of a device; an earlier row wins."""
        filled = [""] * len(self._facts)
        for number, at in (first, *more):
            row = self._sheets[number].rows[at]
            for to, place in self._pairs[number]:
                if not filled[to]:
                    filled[to] = row[place]
        return tuple(filled)

    def _without_device(self, taken: set[str]) -> list[LeftOut]:
        return [
            LeftOut(
                self._sheets[number].shown,
                self._sheets[number].lines[at],
                "",
                Reason.NO_DEVICE,
                f"no device has the ResourceID {id}" if id else "the row has no ResourceID",
            )
            for id, places in self._by_id.items()
            if id not in taken
            for number, at in places
            if id or number not in self._second
        ]
