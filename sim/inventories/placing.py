"""Placing the records of an inventory: which become devices, and why the others do not."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from zoneinfo import ZoneInfo

from sim.fleet.groups import COHORTS
from sim.fleet.tables import Table, quoted
from sim.inventories.account import IgnoredCells, Inventory, LeftOut, Misfit, Reason
from sim.inventories.dates import exported_moment
from sim.inventories.forms import ACTIVITY, MOMENTS, PORTAL_FORM
from sim.inventories.records import unusable_name
from sim.inventories.sheets import Place, Records, Row
from sim.inventories.traits import PARTS, FactReading, Facts
from sim.scenario.calendar import time_zone

SITE_LABELS = {
    "resource_id": "id",
    "domain": "domain",
    "site_code": "site_code",
    "boundary_groups": "boundary_groups",
}
"""Labels of devices from the site, each with its fact."""
PORTAL_LABELS = {
    "device_id": "id",
    "domain": "domain",
    "tags": "tags",
    "health_status": "health",
    "onboarding_status": "onboarding_status",
    "settings_managed_by": "managed_by",
}
"""Labels of devices from the portal, each with its fact."""


def place(records: Records, zone: str) -> Inventory:
    """Return the devices of an inventory with the account of all its rows."""
    placement = _Placement(records, time_zone(zone))
    for number, row in enumerate(records.rows):
        placement.place(number, row)
    return placement.inventory()


class _Placement:
    """Turns one record after the other into a device, or leaves it out, and keeps the account."""

    def __init__(self, records: Records, zone: ZoneInfo) -> None:
        self._records = records
        self._zone = zone
        facts = records.facts
        self._at = {fact: at for at, fact in enumerate(facts) if fact}
        self._parts = [self._part(judge, names) for judge, names in PARTS]
        self._left_out = list(records.left_out)
        self._readings: dict[int, tuple[FactReading, ...]] = {}
        """The parts of every record that can be placed, by its number."""
        self._numbers: dict[str, int] = {}
        """The record of every name, casefolded."""
        self._ignored = IgnoredCells()

    def _part(
        self, judge: Callable[[Facts], FactReading], names: Sequence[str]
    ) -> Callable[[Row], FactReading]:
        """Return a function that reads one part of a row's facts, each combination once."""
        facts = tuple(name for name in names if name in self._at)
        take = _picker([self._at[name] for name in facts])
        cache: dict[Row, FactReading] = {}

        def read(row: Row) -> FactReading:
            cells = take(row)
            reading = cache.get(cells)
            if reading is None:
                reading = cache[cells] = judge(dict(zip(facts, cells, strict=True)))
            return reading

        return read

    def inventory(self) -> Inventory:
        """Return the inventory of the records that have a place."""
        placed = sorted(self._numbers.values())
        joined = self._account_of_details(placed)
        labels = self._labels(placed)
        rows = [self._traits(number) for number in placed]
        take = _picker([self._at[fact] for _, fact in labels])
        best = [fact for fact in ("contact", *ACTIVITY) if fact in self._at][:2]
        as_of = self._latest((self._records.rows[number] for number in placed), best)
        table = Table(
            rows=tuple(rows),
            label_names=tuple(name for name, _ in labels),
            labels=tuple(take(self._records.rows[number]) for number in placed),
            lines=tuple(self._origin(number)[1] for number in placed),
        )
        sheets = self._records.sheets
        titles = dict.fromkeys(sheet.form.title for sheet in sheets)
        return Inventory(
            " + ".join(titles),
            table,
            tuple(self._left_out),
            self._records.read,
            joined,
            (*chain.from_iterable(sheet.remarks for sheet in sheets), *self._ignored.remarks()),
            tuple(sheet.unused_text for sheet in sheets if sheet.unused),
            None if as_of == datetime.min else as_of,
        )

    def place(self, number: int, row: Row) -> None:
        """Give a record its place under its name, or leave it out."""
        readings = tuple(part(row) for part in self._parts)
        name = row[self._at["name"]]
        refused = next((part for part in readings if part.reason is not None), None)
        if refused is not None and refused.reason is not Reason.NO_SYSTEM:
            assert refused.reason is not None
            self._leave_out(number, refused.reason, f"the record is {refused.reason.name.lower()}")
        elif reason := unusable_name(name):
            self._leave_out(number, Reason.NO_NAME, reason)
        elif refused is not None:
            self._leave_out(number, Reason.NO_SYSTEM, _no_system(refused.system_text))
        else:
            self._readings[number] = readings
            self._take_name(number, name.casefold())

    def _take_name(self, number: int, folded: str) -> None:
        """Let the most recently active record of a name win; of two equal ones, the later."""
        other = self._numbers.setdefault(folded, number)
        if other == number:
            return
        rows = self._records.rows
        contacts = {each: self._latest([rows[each]], MOMENTS) for each in (other, number)}
        wins = other if contacts[other] > contacts[number] else number
        loses = number if wins == other else other
        self._numbers[folded] = wins
        file, line = self._origin(wins)
        why = "comes later" if contacts[wins] == contacts[loses] else "was active more recently"
        text = f"the record on {file}:{line} with the same name {why}"
        self._leave_out(loses, Reason.REPEATED, text)

    def _latest(self, rows: Iterable[Row], facts: Sequence[str]) -> datetime:
        """Return the latest moment in some facts of rows; the earliest of all without one."""
        moments = (self._moment(row, fact) for row in rows for fact in facts)
        return max(filter(None, moments), default=datetime.min)

    def _moment(self, row: Row, fact: str) -> datetime | None:
        at = self._at.get(fact)
        if at is None or not row[at]:
            return None
        try:
            return exported_moment(row[at], self._zone)
        except ValueError:
            return None

    def _traits(self, number: int) -> dict[str, object]:
        """Return the traits of a placed record."""
        row = self._records.rows[number]
        traits: dict[str, object] = {"name": row[self._at["name"]]}
        for part in self._readings[number]:
            traits |= part.traits
            for misfit in part.misfits:
                self._note(number, misfit)
        contact = self._moment(row, "contact")
        if contact is not None:
            traits["last_contact"] = contact
        if contact is None and "contact" in self._at:
            self._note_contact(number, row[self._at["contact"]])
        return traits

    def _note_contact(self, number: int, text: str) -> None:
        try:
            if text:
                exported_moment(text, self._zone)
        except ValueError:
            self._note(number, Misfit("contact", text, "a date"))

    def _note(self, number: int, misfit: Misfit) -> None:
        self._ignored.note(misfit, self._origin(number))

    def _leave_out(self, number: int, reason: Reason, text: str) -> None:
        file, line = self._origin(number)
        name = self._records.rows[number][self._at["name"]]
        self._left_out.append(LeftOut(file, line, name, reason, text))

    def _origin(self, number: int) -> tuple[str, int]:
        return self._line_of(self._records.origins[number])

    def _line_of(self, place: Place) -> tuple[str, int]:
        sheet = self._records.sheets[place[0]]
        return sheet.shown, sheet.lines[place[1]]

    def _account_of_details(self, placed: Sequence[int]) -> int:
        """Leave out further rows of devices that are left out; return how many rows are used."""
        details = self._records.details
        if not details:
            return len(placed)
        is_placed = set(placed)
        used = {place for number in placed for place in details[number]}
        for number, places in enumerate(details):
            if number in is_placed:
                continue
            for place in dict.fromkeys(places):
                if place not in used:
                    used.add(place)
                    name = self._records.rows[number][self._at["name"]]
                    text = "the row belongs to a device that is left out"
                    file, line = self._line_of(place)
                    self._left_out.append(LeftOut(file, line, name, Reason.WITH_DEVICE, text))
        left_out = sum(row.reason is Reason.WITH_DEVICE for row in self._left_out)
        return len(placed) + len(used) - left_out

    def _labels(self, placed: Sequence[int]) -> list[tuple[str, str]]:
        """Return the labels that some device has, each with its fact."""
        is_portal = self._records.sheets[0].form is PORTAL_FORM
        names = (PORTAL_LABELS if is_portal else SITE_LABELS) | {name: name for name in COHORTS}
        rows = self._records.rows
        return [
            (label, fact)
            for label, fact in names.items()
            if fact in self._at and any(rows[number][self._at[fact]] for number in placed)
        ]


def _picker(places: Sequence[int]) -> Callable[[Row], Row]:
    """Return a function that gives the cells of a row at *places*, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[at] for at in places)


def _no_system(text: str) -> str:
    if not text:
        return "the device has no system"
    return f"the system {quoted(text)} is unknown, or its build does not tell which it is"
