"""The package keeps to its house: one name for one thing, no circles, rooms worth opening."""

from pathlib import Path

from tests.project.tree import ROOT
from tools.structure import cycles, public_names, read_tree, single_importers

TREE = read_tree(ROOT)

DOORS = ("sim.cli.", "sim.__main__", "sim.pytest_plugin", "sim.pytest_items.", "sim.api.")
"""Commands, pytest's items and what Python imports: people come in here, not other modules."""

FORMS = (
    "sim.checking.github",
    "sim.checking.json",
    "sim.checking.junit",
    "sim.comparison.json",
    "sim.comparison.report",
    "sim.comparison.text",
    "sim.lint.forms",
    "sim.scenario.schema",
)
"""One form of output each, which one command offers."""

CHAPTERS = {
    "sim.comparison.folders": "run folders of a comparison, read and distrusted",
    "sim.figures.comparison": "the pictures of a comparison",
    "sim.figures.panels": "small pictures side by side",
    "sim.fleet.generation": "generated fleets: names, places, people, turnover",
    "sim.fleet.trait_draws": "how a trait that the table leaves open is drawn",
    "sim.inventories.exported": "what an export says about a device",
    "sim.inventories.exporting": "writing a fleet as the exports of other tools",
    "sim.inventories.placing": "which records become devices, and what becomes of the others",
    "sim.inventories.traits": "the traits of a device, from what an inventory says",
    "sim.kernel.desk": "the support desk",
    "sim.kernel.environments": "SimPy environments of a few thousand devices, advanced together",
    "sim.kernel.plan": "the plan: when steps are due and which gates open",
    "sim.lint.collection_checks": "lint on collections, queries and systems",
    "sim.lint.device_checks": "lint on devices that cannot onboard",
    "sim.lint.migration_checks": "lint on the order of a migration",
    "sim.lint.offboarding_checks": "lint on offboarding files",
    "sim.lint.outlook": "what holds in every run, not only in the rehearsal",
    "sim.lint.policy_checks": "lint on policies and workspace values",
    "sim.lint.setting_checks": "lint on client settings",
    "sim.lint.step_checks": "lint on steps",
    "sim.lint.window_checks": "lint on maintenance windows",
    "sim.measures.transitions": "what each event changes in the picture of a device",
    "sim.reference.health": "what the product calls healthy: a fact of the product, not a measure",
    "sim.schedules.restarts": "when computers restart",
}
"""Modules that one other imports and that tell a story of their own, with what it is about."""


def test_no_class_and_no_public_function_has_the_name_of_another():
    doubles = {name: places for name, places in public_names(TREE).items() if len(places) > 1}

    assert doubles == {}


def test_no_modules_import_each_other_in_a_circle_late_and_for_types_included():
    assert cycles(TREE.imports) == []


def test_a_module_that_only_its_neighbour_uses_is_a_door_or_a_chapter():
    single = {
        name: user
        for name, user in single_importers(TREE.imports).items()
        if not name.startswith(DOORS)
        and name not in FORMS
        and TREE.modules[name].name != "__init__.py"
    }

    assert {name: user for name, user in single.items() if name not in CHAPTERS} == {}


def test_every_chapter_is_still_one():
    """What others import too needs no entry; what is gone has none."""
    single = single_importers(TREE.imports).keys()

    assert sorted({*CHAPTERS, *FORMS} - single) == []


def test_the_structure_is_read_from_files(tmp_path: Path):
    """The checks above would fail on a tree that breaks each of them."""
    package = tmp_path / "sim"
    package.mkdir()
    (package / "a.py").write_text("def work():\n    from sim.b import Thing\n")
    (package / "b.py").write_text("import sim.a\n\n\nclass Thing: ...\n\n\ndef work(): ...\n")
    tree = read_tree(tmp_path)

    assert cycles(tree.imports) == [("sim.a", "sim.b")]
    assert public_names(tree)["work"] == ["sim.a", "sim.b"]
    assert single_importers(tree.imports) == {"sim.b": "sim.a", "sim.a": "sim.b"}
