"""Which way a device onboards: system, client setting, versions and the agent already there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.decisions import Decision
from sim.reference.gates import workspace_gate
from sim.reference.routes import (
    ROUTE_OF_RULE,
    installs,
    mma_outdated,
    route,
    with_agent,
    without_mma,
)
from sim.reference.versions import client_version_number
from sim.vocabulary import AGENTS, ROUTES
from tests.reference.devices import faultless
from tests.reference.test_platforms import CATALOGUE

UP_LEVEL = [row[0] for row in CATALOGUE if row[3] == "up_level"]
NO_LEVEL = [row[0] for row in CATALOGUE if row[3] == "none"]
SERVERS = ["server-2012-r2", "server-2016"]
SETTINGS = ["mma", "mde_client"]
WORKSPACES = ["present", "missing", "swapped", "wrong"]
VERSIONS = [("2203", "2203"), ("2203", "2403"), ("2403", "2203"), ("2207", "2207")]


def choose(os, setting="mma", site="2403", client="2403", agent="none"):
    """Choose the route of a device on a current site, with the legacy default."""
    return route(
        faultless(os=os),
        downlevel_client=setting,
        site_version=site,
        client_version=client,
        agent=agent,
    )


@pytest.mark.rule("UPL-1")
@pytest.mark.rule("UPL-2")
@pytest.mark.parametrize("os", UP_LEVEL)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("versions", VERSIONS, ids="-".join)
@pytest.mark.parametrize("workspace", WORKSPACES)
def test_up_level_needs_the_file_alone(os, setting, versions, workspace):
    """No setting, version or workspace value matters to an up-level device."""
    decision = choose(os, setting, *versions)

    assert decision == Decision("UPL-1", "config_file", "")
    assert workspace_gate(decision, workspace) is None


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize("os", [*NO_LEVEL, "linux", ""])
@pytest.mark.parametrize("setting", SETTINGS)
def test_unsupported_systems_have_no_route(os, setting):
    """A system on no list of the page has no route."""
    assert choose(os, setting) == Decision("OS-1", "none", "", "os_not_supported")


# setting, site, client, agent there -> rule, route
DOWN_LEVEL = [
    ("mma", "2403", "2403", "none", "MMA-1", "mma"),
    ("mma", "2403", "2403", "mma", "MMA-1", "mma"),
    ("mma", "2203", "2203", "none", "MMA-1", "mma"),
    ("mma", "2403", "2403", "mde_client", "DWN-7", "mde_client"),
    ("mma", "2107", "2107", "mde_client", "DWN-7", "mde_client"),
    ("mma", "2403", "2403", "mma_and_mde_client", "DWN-7", "mde_client"),
    ("mde_client", "2403", "2403", "none", "DWN-2", "mde_client"),
    ("mde_client", "2207", "2207", "none", "DWN-2", "mde_client"),
    ("mde_client", "2403", "2403", "mma", "DWN-2", "mde_client"),
    ("mde_client", "2403", "5.00.9088.1000", "none", "DWN-2", "mde_client"),
    ("mde_client", "2403", "2403", "mde_client", "DWN-7", "mde_client"),
    ("mde_client", "2203", "2403", "none", "DWN-3", "mma"),
    ("mde_client", "2403", "2203", "none", "DWN-3", "mma"),
    ("mde_client", "2107", "2107", "mma", "DWN-3", "mma"),
    ("mde_client", "2403", "5.00.9078", "none", "DWN-3", "mma"),
    ("mde_client", "2107", "2107", "mde_client", "DWN-7", "mde_client"),
]


@pytest.mark.rule("DWN-1")
@pytest.mark.rule("DWN-2")
@pytest.mark.rule("DWN-3")
@pytest.mark.rule("DWN-7")
@pytest.mark.rule("MMA-1")
@pytest.mark.parametrize("os", SERVERS)
@pytest.mark.parametrize("case", DOWN_LEVEL, ids=lambda case: "-".join(case[:4]))
def test_down_level_servers(os, case):
    """Setting, versions and the agent already there choose the route of a down-level server."""
    setting, site, client, agent, rule, expected = case

    assert choose(os, setting, site, client, agent) == Decision(rule, expected, expected)


@pytest.mark.rule("DWN-8")
@pytest.mark.rule("MMA-1")
@pytest.mark.parametrize("versions", VERSIONS, ids="-".join)
@pytest.mark.parametrize("agent", AGENTS)
def test_windows_8_1_takes_mma(versions, agent):
    """Windows 8.1 takes MMA under either setting, on any version."""
    assert choose("windows-8.1", "mma", *versions, agent) == Decision("MMA-1", "mma", "mma")
    assert choose("windows-8.1", "mde_client", *versions, agent) == Decision("DWN-8", "mma", "mma")


@pytest.mark.rule("MMA-2")
@pytest.mark.rule("MMA-3")
@pytest.mark.rule("MMA-7")
@pytest.mark.parametrize("workspace", WORKSPACES)
@pytest.mark.parametrize(
    ("os", "setting", "site", "rule"),
    [
        ("windows-8.1", "mma", "2403", "MMA-2"),
        ("windows-8.1", "mde_client", "2403", "MMA-2"),
        ("server-2012-r2", "mma", "2403", "MMA-2"),
        ("server-2016", "mma", "2403", "MMA-2"),
        ("server-2012-r2", "mde_client", "2203", "DWN-3"),
        ("server-2016", "mde_client", "2203", "DWN-3"),
        ("server-2012-r2", "mde_client", "2403", None),
        ("server-2016", "mde_client", "2403", None),
        ("server-2019", "mma", "2403", None),
    ],
)
def test_missing_workspace_values_fail_the_mma_route(workspace, os, setting, site, rule):
    """Missing values fail MMA devices and no others; wrong ones are found out later."""
    refusal = workspace_gate(choose(os, setting, site), workspace)

    if rule is None or workspace != "missing":
        assert refusal is None
    else:
        assert refusal == Decision(rule, "mma", "mma", "workspace_missing")


def test_each_deciding_rule_has_its_route():
    """The table of routes agrees with what the decisions say."""
    assert ROUTE_OF_RULE == {
        "UPL-1": "config_file",
        "DWN-2": "mde_client",
        "DWN-7": "mde_client",
        "MMA-1": "mma",
        "DWN-3": "mma",
        "DWN-8": "mma",
        "OS-1": "none",
    }


@given(
    st.sampled_from([row[0] for row in CATALOGUE]),
    st.sampled_from(SETTINGS),
    st.sampled_from(["2107", "2203", "2207", "2403"]),
    st.sampled_from(["2107", "2203", "2207", "2403", "5.00.9078", "5.00.9141.1000"]),
    st.sampled_from(AGENTS),
)
def test_every_device_has_exactly_one_route(os, setting, site, client, agent):
    """Whatever the circumstances, the rule that decides leads to the route that is taken."""
    decision = choose(os, setting, site, client, agent)

    assert decision.route in ROUTES
    assert ROUTE_OF_RULE[decision.rule] == decision.route


@pytest.mark.rule("DWN-3")
@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2403", 2403),
        (" 2207 ", 2207),
        ("5.00.8325.1000", 1511),
        ("5.00.9040", 2010),
        ("5.00.9049.1000", 2103),
        ("5.00.9058", 2107),
        ("5.00.9068", 2111),
        ("5.00.9078.1025", 2203),
        ("5.00.9087", 2203),
        ("5.00.9088", 2207),
        ("5.00.9096", 2211),
        ("5.00.9106", 2303),
        ("5.00.9122", 2309),
        ("5.00.9128.1007", 2403),
        ("5.0.9132", 2409),
        ("5.00.9135", 2503),
        ("5.00.9141", 2509),
        ("5.00.9999", 2509),
    ],
)
def test_versions_are_read_either_way(text, version):
    """A version is a current branch number, or a client build counted as the newest not newer."""
    assert client_version_number(text) == version


@pytest.mark.parametrize("text", ["", "24", "24030", "2403a", "5.00", "5.00.7958", "4.00.9128"])
def test_what_is_no_version(text):
    """Anything else, and clients older than the current branch, are no version."""
    with pytest.raises(ValueError, match="not a current branch version"):
        client_version_number(text)


@pytest.mark.rule("MMA-5")
@pytest.mark.parametrize(
    ("version", "outdated"),
    [
        ("", False),
        ("unknown", False),
        ("8.0.11049", True),
        ("10.19.10014", True),
        ("10.20.18028", True),
        ("10.20.18028.9", True),
        ("10.20.18029", False),
        ("10.20.18029.0", False),
        ("10.20.18067.0", False),
        ("11.0", False),
    ],
)
def test_an_old_mma(version, outdated):
    """MMA before 10.20.18029 no longer reaches the service; an unknown version is given credit."""
    assert mma_outdated(version) is outdated


@pytest.mark.rule("MMA-5")
@pytest.mark.rule("DWN-7")
@pytest.mark.parametrize(
    ("present", "needed", "expected"),
    [
        ("none", "", False),
        ("mma", "", False),
        ("none", "mma", True),
        ("none", "mde_client", True),
        ("mma", "mma", False),
        ("mma", "mde_client", True),
        ("mde_client", "mma", True),
        ("mde_client", "mde_client", False),
        ("mma_and_mde_client", "mma", False),
        ("mma_and_mde_client", "mde_client", False),
    ],
)
def test_an_agent_is_installed_where_it_is_absent(present, needed, expected):
    """What is needed and absent is installed; what is there is left alone."""
    assert installs(present, needed) is expected


@pytest.mark.rule("DWN-6")
@pytest.mark.parametrize(
    ("present", "installed", "after"),
    [
        ("none", "mma", "mma"),
        ("none", "mde_client", "mde_client"),
        ("mma", "mde_client", "mma_and_mde_client"),
        ("mde_client", "mma", "mma_and_mde_client"),
        ("mma", "mma", "mma"),
        ("mma", "", "mma"),
        ("mma_and_mde_client", "mma", "mma_and_mde_client"),
    ],
)
def test_an_agent_that_is_there_stays(present, installed, after):
    """Installing one agent never removes the other."""
    assert with_agent(present, installed) == after


@pytest.mark.rule("OFF-1")
@pytest.mark.parametrize(
    ("present", "after"),
    [
        ("none", "none"),
        ("mma", "none"),
        ("mde_client", "mde_client"),
        ("mma_and_mde_client", "mde_client"),
    ],
)
def test_offboarding_removes_mma_alone(present, after):
    """Removing MMA leaves an MDE client where it is."""
    assert without_mma(present) == after
