"""One table of traits: columns, queries, patches and draws all know every entry, also a new one."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

import sim
from sim.errors import UnusableInput
from sim.fleet import trait_draws
from sim.fleet.cells import write_cell
from sim.fleet.device import Fleet, patch_values
from sim.fleet.tables import columns_of, table_of, write_table_csv
from sim.language.query import KEYS
from sim.language.query_parser import fits, parse_query
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.traits import TRAITS, Device, Trait, TraitKind, traits_of
from sim.scenario.loader import load_text
from tests.fleet.tables import device_of, fleet_of

SOURCES = sorted(Path(sim.__file__).parent.rglob("*.py"))
PATCH = """
format: 1
name: a patch
start: 2026-03-02 00:00
horizon: 1 d
fleet: {generate: {devices: 2}}
plan: [{at: 2 h, patch: {%s: %s}, on: [All], within: 1 h}]
collections: [{name: All, members: managed}]
"""


@dataclass(frozen=True, slots=True)
class DeviceWithTpm(Device):
    """A device as the next release may describe it: with one trait more."""

    labels: tuple[str, ...] = ()
    tpm_ready: Annotated[
        bool,
        Trait(TraitKind.TRUTH, plain=True, shares=((False, "clock_skew_share"),), patchable=True),
    ] = True


@pytest.fixture
def tpm(monkeypatch):
    """Add a trait to the table, and to nothing else."""
    monkeypatch.setitem(TRAITS, "tpm_ready", traits_of(DeviceWithTpm)["tpm_ready"])
    monkeypatch.setattr(trait_draws, "Device", DeviceWithTpm)


def test_a_new_trait_is_drawn_where_a_table_has_no_such_column(tpm, tmp_path):
    certain = "assumptions: {clock_skew_share: 100 %}"

    assert device_of({}, tmp_path, certain).tpm_ready is False
    assert device_of({}, tmp_path, "faults: none").tpm_ready is True


def test_a_new_trait_is_read_from_a_table(tpm, tmp_path):
    assert device_of({"tpm_ready": "no"}, tmp_path).tpm_ready is False
    with pytest.raises(UnusableInput, match=r'tpm_ready: "2.0" does not fit; true or false'):
        device_of({"tpm_ready": "2.0"}, tmp_path)


def test_a_new_trait_is_written_and_read_back(tpm, tmp_path):
    device = device_of({"tpm_ready": "no"}, tmp_path)
    path = tmp_path / "again.csv"
    table = table_of(Fleet((device,)))
    write_table_csv(table, path)

    assert list(columns_of(table))[-1] == "tpm_ready"
    assert fleet_of(path.read_text(), tmp_path).devices == (device,)


def test_a_new_trait_is_seen_by_queries(tpm, tmp_path):
    device = device_of({"tpm_ready": "no"}, tmp_path)
    traits = Fleet((device,)).traits_of(device)

    assert parse_query("not tpm_ready", ()).matches(traits)
    with pytest.raises(UnusableInput, match="tpm_ready is compared with 'no'"):
        parse_query("tpm_ready == 'no'", ())


def test_a_new_trait_is_patched(tpm):
    assert load_text(PATCH % ("tpm_ready", "false"), "s.yaml").scenario.plan
    assert patch_values({"tpm_ready": False}) == (("tpm_ready", False),)
    with pytest.raises(UnusableInput, match="not a value of tpm_ready; true or false"):
        load_text(PATCH % ("tpm_ready", "maybe"), "s.yaml")


def test_every_field_of_a_device_but_its_labels_is_a_trait():
    assert [*TRAITS, "labels"] == list(Device.__dataclass_fields__)


def test_every_trait_is_filled_in(tmp_path):
    """An empty cell gets a value that the trait takes; only moments may stay open."""
    device = device_of({}, tmp_path)
    for name, trait in TRAITS.items():
        value = getattr(device, name)
        if value is None:
            assert name in ("last_contact", "joined_at", "retired_at")
        elif trait.kind is TraitKind.WORD:
            assert value in trait.words
        elif name != "build" and not isinstance(value, str):
            assert trait.read(write_cell(value)) == value


def test_every_trait_is_one_cell_of_a_written_row(tmp_path):
    fleet = Fleet((device_of({}, tmp_path),))
    columns = columns_of(table_of(fleet))

    assert list(columns) == list(TRAITS)
    assert all(len(cells) == 1 for cells in columns.values())


@pytest.mark.parametrize("name", TRAITS)
def test_a_trait_is_complete(name):
    """A trait has a kind that queries compare, words where it needs them, and known shares."""
    trait = TRAITS[name]

    assert trait.name == name
    assert trait.kind in KEYS
    assert bool(trait.words) is (trait.kind is TraitKind.WORD)
    assert trait.expected
    for value, share in trait.shares:
        assert ASSUMPTIONS[share].unit == "share"
        assert value != trait.plain
        assert fits(trait, value) or trait.read(write_cell(value)) == value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_other_module_lists_the_traits(path):
    """No literal of another module names more than half of the traits."""
    literals = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.ClassDef)
    ]
    for literal in literals:
        names = {
            node.value
            for node in ast.walk(literal)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if isinstance(literal, ast.ClassDef):
            names = {f.target.id for f in literal.body if isinstance(f, ast.AnnAssign)}
        assert path.stem == "traits" or len(names & set(TRAITS)) <= len(TRAITS) // 2
