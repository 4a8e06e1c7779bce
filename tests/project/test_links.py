"""Every link of a page leads to something that is there."""

import re

import pytest

from tests.project.tree import ROOT

PAGES = sorted(
    page
    for folder in (".", "docs", "scenarios", "results")
    for page in (ROOT / folder).glob("*.md")
)
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    links = {either or other for either, other in LINK.findall(page.read_text("utf-8"))}
    local = {link for link in links if not link.startswith("https://")}

    assert sorted(link for link in local if not (page.parent / link).exists()) == []


def test_readme_leads_to_every_page_of_docs():
    text = (ROOT / "README.md").read_text("utf-8")
    names = [page.name for page in PAGES if page.parent == ROOT / "docs"]

    assert [name for name in names if f"](docs/{name})" not in text] == []
