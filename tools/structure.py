"""Measure the structure of the package: modules, lines, imports, and how far a change reaches.

Run from the project's folder: `.venv/bin/python tools/structure.py [CHECKOUT ...]`. Each checkout
becomes a column, so that an old and a new tree stand side by side. The code is read as text; only
the way from a deployment to `onboarded` is run, with one device.
"""

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]

Imports = Mapping[str, frozenset[str]]
"""For each module the modules of the package that it imports, late and for types alone too."""

JOURNEY = """
import pathlib, sys
import sim

scenario = sim.load(sys.argv[1])
opened = set()
inside = 0


def watch(frame, event, argument):
    global inside
    code = frame.f_code
    is_simulate = code.co_name == "simulate" and code.co_filename.endswith("replication.py")
    if event == "call":
        inside += is_simulate
        if inside and f"{pathlib.os.sep}sim{pathlib.os.sep}" in code.co_filename:
            opened.add(code.co_filename)
    elif event == "return":
        inside -= is_simulate


sys.setprofile(watch)
sim.run(scenario)
sys.setprofile(None)
print(len(opened))
"""
"""Counts the files whose code runs while one device is simulated."""

ONE_DEVICE = """
format: 1
name: One server
start: 2026-03-02 00:00
horizon: 2 d
fleet: {generate: {devices: 1, mix: {server-2016: 100 %}}}
collections: [{name: All, members: managed}]
client_settings: [{name: New agent, collection: All, priority: 1, downlevel_client: mde_client}]
packages: [{name: file, payload: a, organization: contoso, method: configuration_manager}]
policies: [{name: Onboard, kind: onboarding, package: file}]
plan: [{at: 1 h, deploy: Onboard, to: [All]}]
faults: none
"""
"""A server that installs an agent, so that the whole way to `onboarded` is walked."""

PLACES = {
    "a rule": r"\bDWN-9\b",
    "a plan step": r"\b(SetClientVersion|set_client_version)\b",
    "a measure": r"\bpayload_in_use_pct\b",
    "a trait": r"\buniversal_crt\b",
    "a cause": r"\bclock_skew\b",
    "an importer": r"\b(combined_view|CombinedDeviceResources|SMS_CombinedDeviceResources)\b",
    "a picture": r"\b(queue_over_time|desk_pictures)\b",
}
"""An existing example of each kind; the files that name it are the places that one costs."""


@dataclass(frozen=True)
class Tree:
    """The modules of a checkout's package."""

    root: Path
    modules: Mapping[str, Path]
    """Path of each module, by dotted name."""
    imports: Imports

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield name and text of each module."""
        for name, path in self.modules.items():
            yield name, path.read_text(encoding="utf-8")


def read_tree(root: Path) -> Tree:
    """Return the package below *root*."""
    modules = {_dotted(path, root): path for path in sorted((root / "sim").rglob("*.py"))}
    imports = {name: frozenset(_imported(name, path, modules)) for name, path in modules.items()}
    return Tree(root.resolve(), modules, imports)


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imported(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                target = inner if inner in modules else node.module
                if target in modules and target != name:
                    yield target
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)


def cycles(imports: Imports) -> list[tuple[str, ...]]:
    """Return the groups of modules that import each other, directly or through others.

    >>> cycles({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("a")})
    [('a', 'b')]
    """
    reach = {name: _reachable(name, imports) for name in imports}
    groups = {
        tuple(sorted({name} | {other for other in reach[name] if name in reach[other]}))
        for name in imports
        if name in reach[name]
    }
    return sorted(groups)


def _reachable(start: str, imports: Imports) -> set[str]:
    reached: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports.get(name, ())
    return reached


def single_importers(imports: Imports) -> dict[str, str]:
    """Return the modules that exactly one other module imports, with that module.

    >>> single_importers({"a": frozenset("b"), "b": frozenset(), "c": frozenset("a")})
    {'b': 'a', 'a': 'c'}
    """
    importers: dict[str, list[str]] = {}
    for name, targets in imports.items():
        for target in sorted(targets):
            importers.setdefault(target, []).append(name)
    return {name: users[0] for name, users in importers.items() if len(users) == 1}


def public_names(tree: Tree) -> dict[str, list[str]]:
    """Return where each class and each public function of a module is defined, by name."""
    places: dict[str, list[str]] = {}
    for module, text in tree.sources():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            ):
                places.setdefault(node.name, []).append(module)
    return places


def measure(tree: Tree) -> dict[str, str]:
    """Return the figures of a tree, by what they count."""
    texts = dict(tree.sources())
    lengths = {name: len(text.splitlines()) for name, text in texts.items()}
    imports = sum(_import_lines(text) for text in texts.values())
    doubles = [name for name, places in public_names(tree).items() if len(places) > 1]
    total = sum(lengths.values())
    return {
        "modules": f"{len(lengths)}",
        "lines": f"{total:,}",
        "lines of a module, median and longest": f"{median(lengths.values()):.0f} / "
        f"{max(lengths.values())}",
        "lines that import": f"{imports:,} ({100 * imports / total:.1f} %)",
        "modules that exactly one other imports": f"{len(single_importers(tree.imports))}",
        "groups of modules that import each other": f"{len(cycles(tree.imports))}",
        "names of classes and functions used twice": f"{len(doubles)}",
        "files that run from a deployment to `onboarded`": _journey(tree.root),
        **{f"files that name {what}": f"{_naming(texts, word)}" for what, word in PLACES.items()},
    }


def _import_lines(text: str) -> int:
    nodes = ast.walk(ast.parse(text))
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def _journey(root: Path) -> str:
    own = root / ".venv" / "bin" / "python"
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "one.yaml"
        scenario.write_text(ONE_DEVICE, "utf-8")
        command = [str(own if own.exists() else sys.executable), "-c", JOURNEY, str(scenario)]
        run = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def _naming(texts: Mapping[str, str], word: str) -> int:
    return sum(bool(re.search(word, text)) for text in texts.values())


def table(roots: list[Path]) -> Iterator[str]:
    """Yield a Markdown table with a column for each checkout."""
    columns = [measure(read_tree(root)) for root in roots]
    yield f"| | {' | '.join(root.resolve().name for root in roots)} |"
    yield f"|---|{'---|' * len(columns)}"
    for what in columns[0]:
        yield f"| {what} | {' | '.join(column[what] for column in columns)} |"


def main() -> None:
    """Print the table for this checkout, or for those that are named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkouts", nargs="*", type=Path, default=[ROOT])
    for line in table(parser.parse_args().checkouts or [ROOT]):
        print(line)


if __name__ == "__main__":
    main()
