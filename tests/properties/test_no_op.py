"""What means nothing changes nothing: neither the log nor anything that is made from it."""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.runs.replication import Replication, run_replication
from sim.scenario.loader import load_text
from tests.properties.generated import Case, cases, rows_of

few = settings(max_examples=12)
UNUSED = "Unused"
EMPTY = {"name": UNUSED, "members": "location == 'nowhere'"}
EVERY_SLOT = EMPTY | {"evaluation": "incremental"}
WATCHED = {"name": UNUSED, "members": "agent == 'mma' and client == 'none'"}
CHOSEN_BY_NONE = {"name": UNUSED, "limit_to": "Everybody", "sample": "0 %"}
UNUSED_PACKAGES = (
    {"name": UNUSED, "payload": "z", "organization": "fabrikam"},
    {"name": UNUSED, "kind": "offboarding", "organization": "contoso"},
    {"name": UNUSED, "payload": "b", "organization": "contoso", "method": "group_policy"},
)


def assert_the_same(case: Case, run: Replication, other: Replication, added: str = "") -> None:
    """Hold that two runs give the same bytes, but for measures of a label that was added."""
    assert run.log.digest == other.log.digest, case
    assert run.outcomes == other.outcomes
    assert run.summary == other.summary
    if added:
        rows = [row for row in other.measures.to_pylist() if added not in row["label"]]
        assert run.measures.to_pylist() == rows
    else:
        assert run.measures.equals(other.measures)


def with_one_more(case: Case, section: str, item: dict[str, object], at: int) -> Replication:
    """Rehearse a case with one more item somewhere in a section, behind the first."""
    items = list(case.scenario[section])
    items.insert(1 + at % len(items), item)
    return case.run(**{section: items})


@few
@given(cases(), st.sampled_from((EMPTY, EVERY_SLOT, WATCHED, CHOSEN_BY_NONE)), st.integers(0, 5))
def test_a_collection_without_members_that_nothing_uses(case, collection, at):
    if collection is CHOSEN_BY_NONE:
        at = len(case.scenario["collections"])

    assert_the_same(case, case.run(), with_one_more(case, "collections", collection, at), UNUSED)


@few
@given(cases())
def test_a_collection_that_nothing_uses_is_logged_and_has_no_effect(case):
    """Its members' rows say that they are in it; all other rows stay as they were.

    It is evaluated when its twin is: a device that joins awaits its first collection, whichever.
    """
    twin = {"name": UNUSED, "members": "managed"}
    run = case.run()
    other = with_one_more(case, "collections", twin, len(case.scenario["collections"]))

    assert [row for row in rows_of(other) if row["collection"] != UNUSED] == rows_of(run)
    assert run.summary == other.summary | {"events": run.summary["events"]}
    columns = other.outcomes.columns
    for name, values in run.outcomes.columns.items():
        assert name == "collections" or values == columns[name], name


@few
@given(cases(), st.sampled_from(UNUSED_PACKAGES), st.integers(0, 5))
def test_a_package_that_nothing_uses(case, package, at):
    assert_the_same(case, case.run(), with_one_more(case, "packages", package, at), "=z")


@few
@given(cases(), st.sampled_from(("package-a", "package-b", "farewell")), st.integers(0, 5))
def test_a_policy_that_is_never_deployed(case, package, at):
    kind = "offboarding" if package == "farewell" else "onboarding"
    policy = {"name": UNUSED, "kind": kind, "package": package, "workspace": "swapped"}

    assert_the_same(case, case.run(), with_one_more(case, "policies", policy, at), UNUSED)


@few
@given(cases(), st.sampled_from(("mma", "mde_client")), st.integers(0, 5))
def test_a_client_setting_that_another_outranks(case, choice, at):
    last = {"name": UNUSED, "collection": "Older", "priority": 99, "downlevel_client": choice}

    assert_the_same(case, case.run(), with_one_more(case, "client_settings", last, at))


@few
@given(cases(), st.integers(0, 5))
def test_an_administrator_without_steps_and_a_place_without_devices(case, at):
    site = dict(case.scenario["site"])
    first = {"name": "first", "roles": ["Full Administrator"]}
    run = case.run(site=site | {"administrators": [first]})
    more = [first, {"name": "second"}]
    other = replace(case, scenario=case.scenario | {"site": site | {"administrators": more}})
    nowhere = {"name": "nowhere", "time_zone": "Asia/Tokyo",
               "distribution_point": {"slots": 1, "megabits_per_second": 1}}  # fmt: skip

    assert_the_same(case, case.run(), run)
    assert_the_same(case, run, with_one_more(other, "locations", nowhere, at))


@few
@given(cases())
def test_a_gate_that_never_opens_and_an_expectation(case):
    """Stopping to judge leaves everything as it is; what is only asked is not felt."""
    never = {"name": UNUSED, "when": "onboarded > 999999", "pause": "First"}
    plan = [*case.scenario["plan"], never]
    expect = ["coverage_pct at end >= 95", "time to (onboarded >= 1) <= 1 d"]
    run, other = case.run(), case.run(plan=plan, expect=expect)

    assert run.log.digest == other.log.digest
    assert run.outcomes == other.outcomes
    assert run.measures.equals(other.measures)
    assert run.summary == other.summary | {"expectations": run.summary["expectations"]}


SHUFFLED = ("policies", "locations", "client_settings", "maintenance_windows")
SETTINGS = [
    {"name": "A", "collection": "Older", "priority": 2, "downlevel_client": "mma"},
    {"name": "New", "collection": "Some", "priority": 1, "downlevel_client": "mde_client"},
    {"name": "C", "collection": "Everybody", "priority": 3, "downlevel_client": "mde_client"},
]
ADMINISTRATORS = [
    {"name": "first", "roles": ["Full Administrator"]},
    {"name": "second", "roles": ["Endpoint Protection Manager"]},
    {"name": "third", "rights": ["scripts", "collections"]},
]


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_found_by_name(case, chance):
    """The first administrator and the first package stay first: they are the default."""
    case = replace(case, scenario=case.scenario | {"client_settings": SETTINGS})
    site = dict(case.scenario["site"])
    run = case.run(site=site | {"administrators": ADMINISTRATORS})
    changes = {section: shuffled(case.scenario[section], chance) for section in SHUFFLED}
    first, *others = case.scenario["packages"]
    changes["packages"] = [first, *shuffled(others, chance)]
    changes["site"] = site | {
        "administrators": [ADMINISTRATORS[0], *shuffled(ADMINISTRATORS[1:], chance)]
    }

    assert_the_same(case, run, case.run(**changes))


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_collections(case, chance):
    """Results list collections as they are declared; nothing else follows from that order."""
    run = case.run()
    other = case.run(collections=shuffled(case.scenario["collections"], chance))

    assert in_any_order(rows_of(run)) == in_any_order(rows_of(other))
    assert in_any_order(run.measures.to_pylist()) == in_any_order(other.measures.to_pylist())
    assert run.summary == other.summary
    for name, values in run.outcomes.columns.items():
        others = other.outcomes.columns[name]
        if name == "collections":
            values, others = (
                [sorted(held.split("; ")) for held in one] for one in (values, others)
            )
        assert values == others, name


def in_any_order(rows):
    return sorted(tuple(map(str, row.values())) for row in rows)


def shuffled(items, chance):
    items = list(items)
    chance.shuffle(items)
    return items


@few
@given(cases(), st.data())
def test_comments_blank_lines_and_the_form_of_the_text(case, data):
    """JSON in one line, JSON over many lines, and the same with comments between them."""
    pretty = json.dumps(case.scenario, indent=2).splitlines()
    commented = "# first\n" + "".join(
        line + data.draw(st.sampled_from(("\n", "  # said\n", "\n\n", "\n    # between\n")))
        for line in pretty
    )

    assert_the_same(case, case.run(), written(case, commented))


def written(case: Case, text: str) -> Replication:
    """Rehearse a case as a text says it."""
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        return run_replication(load_text(text, "scenario.yaml", Path(folder)))
