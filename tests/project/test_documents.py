"""What the documents name exists."""

import re

import pytest

from tests.project.tree import ROOT

DOCUMENTS = [
    name
    for name in ("README.md", "CONTRIBUTING.md", "DESIGN.md", "CHANGELOG.md")
    if (ROOT / name).exists()
]
QUOTED = re.compile(r"`([^`\n]+)`|\]\(([^)\s#]+)[^)]*\)")
REPOSITORY_PATH = re.compile(
    r"(?:(?:sim|tests|scenarios|docs|notebooks|\.ci)(?:/[\w.-]+)*/?"
    r"|[\w.-]*[\w-]\.(?:md|toml|lock)|Makefile|LICENSE)"
)


def _named_paths(document: str) -> set[str]:
    text = re.sub(r"^```.*?^```", "", (ROOT / document).read_text(), flags=re.DOTALL | re.MULTILINE)
    words = {quoted or linked for quoted, linked in QUOTED.findall(text)}
    return {word for word in words if REPOSITORY_PATH.fullmatch(word) and word not in UNTRACKED}


UNTRACKED = {"sim", "uv.lock", "pylock.toml"}
"""Not paths, or named because they are not kept."""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document):
    assert sorted(path for path in _named_paths(document) if not (ROOT / path).exists()) == []


def test_the_project_says_how_to_use_it_and_how_to_change_it():
    assert {"README.md", "CONTRIBUTING.md"} <= set(DOCUMENTS)
