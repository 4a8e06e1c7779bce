"""A test that says which rule it shows names one that is in the table."""

import ast

from sim.reference import rules
from tests.project.tree import modules, name_of


def _marks() -> list[tuple[str, object]]:
    """Return (where, id) of every `rule` mark in the tests."""
    found = []
    for path in modules("tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                where = f"{name_of(path)}:{node.lineno}"
                found += [(where, ast.literal_eval(argument)) for argument in node.args]
    return found


def test_rule_marks_name_known_rules():
    known = set(rules.RULES)

    assert [mark for mark in _marks() if mark[1] not in known] == []
