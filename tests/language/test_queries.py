"""Member queries: what they select, what they refuse, and that text and tree are one (TIM-4)."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.language.query import Compared, IsTrue, Joined, Not, OneOf, unparse_query
from sim.language.query_parser import parse_query
from sim.reference.traits import TRAITS, TraitKind

SERVER = {
    "name": "SRV-1",
    "os": "server-2016",
    "build": 14393,
    "location": "LON",
    "client_version": "5.00.9128",
    "agent_version": "10.8760.17895",
    "esu": date(2026, 10, 13),
    "fully_updated": False,
    "servicing_stack": datetime(2021, 9, 14, 3),
    "joined_at": None,
    "antivirus": "enabled",
    "Cost Centre": "4711",
    "floor": "",
}
COLUMNS = ("Cost Centre", "floor")
SEEN = sorted(name for name, trait in TRAITS.items() if trait.seen)


def refusals(text, columns=()):
    with pytest.raises(UnusableInput) as refused:
        parse_query(text, columns)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("query", "belongs"),
    [
        ("os in ['server-2012-r2', \"server-2016\"]", True),
        ("os not in ['server-2012-r2', 'server-2016']", False),
        ("os == 'server-2016' and not fully_updated", True),
        ("not not not fully_updated", True),
        ("fully_updated == false", True),
        ("name == 'srv-1'", True),
        ("location != 'PAR' or build < 3", True),
        ("(location == 'PAR' or location == 'LON') and build >= 14393", True),
        ("build > '10.0.14393.5000'", False),
        ("build < 17763", True),
        ("client_version >= '2309'", True),
        ("client_version < '5.00.9100'", False),
        ("agent_version > '10.8000'", True),
        ("agent_version > '2403'", False),
        ("servicing_stack >= '2021-09-14'", True),
        ("servicing_stack < '2021-09-14'", False),
        ("esu >= '2026-01-01'", True),
        ("esu == true", False),
        ("esu", False),
        ("antivirus in ['enabled']", True),
        ("joined_at > '2026-01-01'", False),
        ("joined_at != '2026-01-01'", True),
        ("cumulative_update < '2026-01-01'", False),
        ("`Cost Centre` == '4711'", True),
        ("`Cost Centre` > 4000", True),
        ("`Cost Centre` > 'a'", False),
        ("floor != 'x'", True),
        ("floor == ''", False),
        ("floor not in ['x']", True),
        ("floor < 3", False),
    ],
)
def test_a_query_selects_by_traits_and_labels(query, belongs):
    """A query selects what it says; a missing value equals nothing and has no order."""
    assert parse_query(query, COLUMNS).matches(SERVER) is belongs


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_a_truth_is_true_however_a_table_wrote_it(value):
    """A yes-or-no trait alone holds for what is true."""
    assert parse_query("dotnet").matches({"dotnet": value})
    assert not parse_query("dotnet").matches({"dotnet": "perhaps"})


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_a_missing_value_passes_only_the_opposites(value):
    """`!=` and `not in` are the opposites of `==` and `in`, for missing values too."""
    for query in ("build == 3", "build < 3", "build in [3]"):
        assert not parse_query(query).matches({"build": value})
    for query in ("build != 3", "build not in [3]", "not build == 3"):
        assert parse_query(query).matches({"build": value})


def test_values_that_make_no_sense_never_match():
    """A trait with an unreadable value has no order and equals nothing."""
    assert not parse_query("servicing_stack > '2020-01-01'").matches({"servicing_stack": "soon"})
    assert not parse_query("floor > 3", COLUMNS).matches({"floor": "high"})
    assert not parse_query("agent_version > '1.0'").matches({"agent_version": "new"})


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("os == 'server-2015'",
         ['column 7: unknown os "server-2015"; did you mean "server-2025"?']),
        ("antivirus == 'enabld'",
         ['column 14: unknown antivirus "enabld"; one of enabled, disabled, outdated, '
          'not_installed; did you mean "enabled"?']),
        ("os == 5", ['column 7: unknown os "5"']),
        ("onboarded", ["column 1: queries do not see onboarded; they see traits and inventory, "
                       "never status or health"]),
        ("status == 'failed'", ["column 1: queries do not see status; they see traits and "
                                "inventory, never status or health"]),
        ("last_contact < '2026-01-01'",
         ["column 1: queries do not see last_contact; they see traits and inventory, never "
          "status or health"]),
        ("buidl > 3", ['column 1: unknown trait "buidl"; did you mean "build"?']),
        ("location < 'M'", ["column 10: location has no order, so < means nothing; "
                            "use ==, != or in"]),
        ("location", ["column 1: location is not true or false; compare it with a value"]),
        ("fully_updated == 'true'",
         ["column 18: fully_updated is compared with 'true'; fully_updated is true or false"]),
        ("client_version >= 2309",
         ["column 19: client_version is compared with 2309; client_version is a version such as "
          "'2403' or '5.00.9128'"]),
        ("servicing_stack < true",
         ["column 19: servicing_stack is compared with true; servicing_stack is a date such as "
          "'2026-03-02'"]),
        ("esu < 'soon' or esu == 3",
         ["column 7: esu is compared with 'soon'; esu is true, false or a date such as "
          "'2026-03-02'",
          "column 24: esu is compared with 3; esu is true, false or a date such as "
          "'2026-03-02'"]),
        ("location == 5", ["column 13: location is compared with 5; location is text"]),
        ("build > 'new'", ["column 9: build is compared with 'new'; build is a number"]),
        ("build > false", ["column 9: build is compared with false; build is a number"]),
        ("os in []", ['column 8: "]" does not fit; '
                      "expected a quoted text, a number, true or false"]),
        ("antivirus = 'enabled'",
         ['column 11: "=" does not fit; expected a comparison, "in", "not", "and", "or", ")"']),
        ("os ==", ["column 6: the text ends too early; "
                   "expected a quoted text, a number, true or false"]),
        ("a" * 5000, ["the text is too long; at most 4000 characters"]),
    ],
)  # fmt: skip
def test_what_a_query_cannot_say_is_refused_with_its_column(query, messages):
    """Unknown names and values, status and health, and senseless comparisons are refused."""
    assert refusals(query) == messages


def test_status_and_health_stay_unseen_even_where_any_label_may_come():
    """An imported fleet may bring columns, but never those of status and health."""
    assert parse_query("team == 'x'", None).matches({"team": "X"})
    assert refusals("sensor_running", None) == [
        "column 1: queries do not see sensor_running; "
        "they see traits and inventory, never status or health"
    ]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="'\"\n"), max_size=8)
QUOTES = st.sampled_from(["It's", 'an "x"'])


def values_of(trait):
    return {
        TraitKind.TEXT: TEXTS | QUOTES,
        TraitKind.WORD: st.sampled_from(trait.words or ("x",)),
        TraitKind.TRUTH: st.booleans(),
        TraitKind.DATE: st.dates(),
        TraitKind.TRUTH_OR_DATE: st.booleans() | st.dates(),
        TraitKind.NUMBER: st.integers(-(10**9), 10**9) | st.floats(0, 1e9),
        TraitKind.VERSION: st.sampled_from(["2403", "5.00.9128", "10.8760.1"]),
    }[trait.kind]


@st.composite
def leaves(draw):
    trait = TRAITS[draw(st.sampled_from(SEEN))]
    value = values_of(trait)
    form = draw(st.sampled_from(["compared", "one of", "true"]))
    if form == "true" and trait.kind in (TraitKind.TRUTH, TraitKind.TRUTH_OR_DATE):
        return IsTrue(trait.name)
    if form == "one of":
        values = draw(st.lists(value, min_size=1, max_size=3))
        return OneOf(trait.name, tuple(values), draw(st.booleans()))
    return Compared(trait.name, draw(st.sampled_from(["==", "!="])), draw(value))


LABELS = st.builds(
    Compared,
    st.sampled_from(["team", "Cost Centre", "not", "in"]),
    st.sampled_from(["==", "<", ">="]),
    TEXTS | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9),
)
QUERIES = st.recursive(
    leaves() | LABELS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(
            Joined,
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(QUERIES)
def test_a_query_and_its_text_are_one(tree):
    """Writing a query and reading it again gives the same tree."""
    query = parse_query(unparse_query(tree), None)

    assert query.node == tree
    assert str(query) == unparse_query(tree)


@settings(max_examples=100)
@given(QUERIES, st.dictionaries(st.sampled_from(SEEN), st.none() | st.text() | st.dates()))
def test_a_query_judges_any_traits(tree, traits):
    """Whatever a table holds, a device belongs or does not, and `not` is the opposite."""
    query = parse_query(unparse_query(tree), None)

    assert query.matches(traits) is not parse_query(f"not ({query})", None).matches(traits)
