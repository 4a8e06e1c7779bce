"""Write docs/rules.md: every rule, the tests that show it, the scenarios in which it matters.

Run from the project's folder: `.venv/bin/python tools/rules_page.py`. It runs no test: a test says
which rules it shows by its mark, a scenario by a comment line such as `# Shows: UPD-4, UPD-5`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sim.reference.rules import RULES, Rule

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
COMMAND = ".venv/bin/python tools/rules_page.py"
MARK = "pytest.mark.rule"
COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
FAMILIES = "|".join(sorted({id.split("-")[0] for id in RULES}))
ID = re.compile(rf"\b(?:{FAMILIES})-\d+\b")

INTRODUCTION = f"""# The rules, and what shows them

Written by `{COMMAND}` from the table of rules, the tests and the scenarios; do not edit it by hand.

Every behavior of the product has an id. `fleetsim explain ID` prints the whole rule, and rows of
the log name it. *Basis*: **page** means that the product page says so, **other** that another
source does, **ours** that we chose it. *Switch*: the key under `rules:` of a scenario that changes
the rule.

A test names what it shows with `@pytest.mark.rule("UPD-4")`, a scenario with a comment line
`# Shows: UPD-4, UPD-5`.
"""


def marks(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and id of every rule that a test module names in a mark."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == MARK:
            for argument in node.args:
                yield node.lineno, str(ast.literal_eval(argument))


def tests_by_rule() -> dict[str, list[str]]:
    """Return the test modules that show each rule, as paths from the project's folder."""
    return _by_rule((path, {id for _, id in marks(path)}) for path in _files("tests", "*.py"))


def scenarios_by_rule() -> dict[str, list[str]]:
    """Return the scenarios whose comments name each rule, as paths from the project's folder."""
    return _by_rule((path, _named(path)) for path in _files("scenarios", "*.yaml"))


def page() -> str:
    """Return the whole page."""
    tests, scenarios = tests_by_rule(), scenarios_by_rule()
    rows = [_row(rule, tests, scenarios) for rule in RULES.values()]
    head = ["| id | rule | basis | switch | tests | scenarios |", "|---|---|---|---|---|---|"]
    return "\n".join([INTRODUCTION, *head, *rows]) + "\n"


def _files(folder: str, pattern: str) -> list[Path]:
    return sorted((ROOT / folder).rglob(pattern))


def _named(path: Path) -> set[str]:
    comments = COMMENT.findall(path.read_text(encoding="utf-8"))
    return {id for comment in comments for id in ID.findall(comment)}


def _by_rule(found: Iterable[tuple[Path, set[str]]]) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for path, ids in found:
        for id in ids:
            shown.setdefault(id, []).append(path.relative_to(ROOT).as_posix())
    return shown


def _row(rule: Rule, tests: Mapping[str, list[str]], scenarios: Mapping[str, list[str]]) -> str:
    switch = f"`{rule.switch}`" if rule.switch else ""
    cells = (
        rule.id,
        rule.title,
        rule.basis,
        switch,
        _links(tests.get(rule.id, [])),
        _links(scenarios.get(rule.id, [])),
    )
    return "| " + " | ".join(cells) + " |"


def _links(paths: Iterable[str]) -> str:
    return ", ".join(f"[{_short(path)}](../{path})" for path in paths)


def _short(path: str) -> str:
    """Name a module without what all names share: `kernel/scripts`, `pilot`."""
    parts = path.split("/")[1:]
    return "/".join(parts).rsplit(".", 1)[0].replace("test_", "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}.")
