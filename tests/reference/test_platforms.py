"""Operating systems: levels, support, life cycles, and recognizing them in exports."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.systems import (
    OPERATING_SYSTEMS,
    classify,
    default_edition,
    is_supported,
    level,
    support_end,
)
from sim.scenario.model import RuleSwitches

WINDOWS_10_RELEASES = tuple(
    id.removeprefix("windows-10-").upper()
    for id in OPERATING_SYSTEMS
    if id.startswith("windows-10-")
)
"""Oldest first."""

# id, product type, build, level, supported with the default minimum,
# last day Home/Pro, last day Enterprise/Education (servers: the same)
CATALOGUE = [
    ("windows-7", "client", 7601, "none", False, "2020-01-14", "2020-01-14"),
    ("windows-8.1", "client", 9600, "down_level", True, "2023-01-10", "2023-01-10"),
    ("windows-10-1507", "client", 10240, "none", False, "2017-05-09", "2017-05-09"),
    ("windows-10-1511", "client", 10586, "none", False, "2017-10-10", "2017-10-10"),
    ("windows-10-1607", "client", 14393, "up_level", False, "2018-04-10", "2019-04-09"),
    ("windows-10-1703", "client", 15063, "up_level", False, "2018-10-09", "2019-10-08"),
    ("windows-10-1709", "client", 16299, "up_level", True, "2019-04-09", "2020-10-13"),
    ("windows-10-1803", "client", 17134, "up_level", True, "2019-11-12", "2021-05-11"),
    ("windows-10-1809", "client", 17763, "up_level", True, "2020-11-10", "2021-05-11"),
    ("windows-10-1903", "client", 18362, "up_level", True, "2020-12-08", "2020-12-08"),
    ("windows-10-1909", "client", 18363, "up_level", True, "2021-05-11", "2022-05-10"),
    ("windows-10-2004", "client", 19041, "up_level", True, "2021-12-14", "2021-12-14"),
    ("windows-10-20h2", "client", 19042, "up_level", True, "2022-05-10", "2023-05-09"),
    ("windows-10-21h1", "client", 19043, "up_level", True, "2022-12-13", "2022-12-13"),
    ("windows-10-21h2", "client", 19044, "up_level", True, "2023-06-13", "2024-06-11"),
    ("windows-10-22h2", "client", 19045, "up_level", True, "2025-10-14", "2025-10-14"),
    ("windows-11-21h2", "client", 22000, "up_level", True, "2023-10-10", "2024-10-08"),
    ("windows-11-22h2", "client", 22621, "up_level", True, "2024-10-08", "2025-10-14"),
    ("windows-11-23h2", "client", 22631, "up_level", True, "2025-11-11", "2026-11-10"),
    ("windows-11-24h2", "client", 26100, "up_level", True, "2026-10-13", "2027-10-12"),
    ("windows-11-25h2", "client", 26200, "up_level", True, "2027-10-12", "2028-10-10"),
    ("windows-11-26h1", "client", 28000, "up_level", True, "2028-03-14", "2029-03-13"),
    ("windows-11-26h2", "client", 26300, "up_level", True, "2028-10-10", "2029-10-09"),
    ("server-2008-r2", "server", 7601, "none", False, "2020-01-14", "2020-01-14"),
    ("server-2012", "server", 9200, "none", False, "2023-10-10", "2023-10-10"),
    ("server-2012-r2", "server", 9600, "down_level", True, "2023-10-10", "2023-10-10"),
    ("server-2016", "server", 14393, "down_level", True, "2027-01-12", "2027-01-12"),
    ("server-sac-1709", "server", 16299, "none", False, "2019-04-09", "2019-04-09"),
    ("server-sac-1803", "server", 17134, "up_level", True, "2019-11-12", "2019-11-12"),
    ("server-sac-1809", "server", 17763, "up_level", True, "2020-11-10", "2020-11-10"),
    ("server-sac-1903", "server", 18362, "up_level", True, "2020-12-08", "2020-12-08"),
    ("server-sac-1909", "server", 18363, "up_level", True, "2021-05-11", "2021-05-11"),
    ("server-sac-2004", "server", 19041, "up_level", True, "2021-12-14", "2021-12-14"),
    ("server-sac-20h2", "server", 19042, "up_level", True, "2022-08-09", "2022-08-09"),
    ("server-2019", "server", 17763, "up_level", True, "2029-01-09", "2029-01-09"),
    ("server-2022", "server", 20348, "up_level", True, "2031-10-14", "2031-10-14"),
    ("server-23h2", "server", 25398, "up_level", True, "2025-10-24", "2025-10-24"),
    ("server-2025", "server", 26100, "up_level", True, "2034-10-10", "2034-10-10"),
]
IDS = [row[0] for row in CATALOGUE]


def test_the_catalogue_holds_the_vocabulary():
    """Every operating system of the public vocabulary is there, and no other."""
    assert set(OPERATING_SYSTEMS) == set(IDS)


@pytest.mark.rule("OS-1")
@pytest.mark.rule("OS-4")
@pytest.mark.parametrize("row", CATALOGUE, ids=IDS)
def test_level_and_support(row):
    """Each system has the level and the support that the page's lists give it."""
    id, product_type, build, of_level, supported, _, _ = row
    os = OPERATING_SYSTEMS[id]

    assert (os.product_type, os.build, level(os)) == (product_type, build, of_level)
    assert is_supported(os, "1709") is supported


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize("row", CATALOGUE, ids=IDS)
def test_last_days_of_support(row):
    """Each edition ends on the day that the vendor's life-cycle pages give."""
    os = OPERATING_SYSTEMS[row[0]]

    assert support_end(os, "pro", False) == date.fromisoformat(row[5])
    assert support_end(os, "home", None) == date.fromisoformat(row[5])
    for edition in ("enterprise", "education", "standard", "datacenter", default_edition(os)):
        expected = row[5] if edition == "pro" else row[6]
        assert support_end(os, edition, False) == date.fromisoformat(expected)


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize(
    ("id", "edition", "esu", "end"),
    [
        ("windows-10-1507", "ltsc", False, "2025-10-14"),
        ("windows-10-1607", "ltsc", False, "2026-10-13"),
        ("windows-10-1809", "ltsc", False, "2029-01-09"),
        ("windows-10-21h2", "ltsc", False, "2027-01-12"),
        ("windows-10-21h2", "iot", False, "2032-01-13"),
        ("windows-10-22h2", "ltsc", False, "2025-10-14"),
        ("windows-10-22h2", "iot", False, "2025-10-14"),
        ("windows-11-24h2", "ltsc", False, "2029-10-09"),
        ("windows-11-24h2", "iot", False, "2034-10-10"),
        ("windows-7", "enterprise", True, "2023-01-10"),
        ("windows-8.1", "enterprise", True, "2023-01-10"),
        ("windows-8.1", "enterprise", date(2026, 1, 1), "2026-01-01"),
        ("windows-10-22h2", "enterprise", True, "2028-10-10"),
        ("windows-10-22h2", "pro", date(2026, 10, 13), "2026-10-13"),
        ("windows-10-22h2", "pro", date(2020, 1, 1), "2025-10-14"),
        ("windows-10-21h2", "enterprise", True, "2024-06-11"),
        ("server-2008-r2", "standard", True, "2023-01-10"),
        ("server-2012", "standard", True, "2026-10-13"),
        ("server-2012-r2", "datacenter", True, "2026-10-13"),
        ("server-2016", "standard", True, "2027-01-12"),
        ("server-2019", "ltsc", False, "2029-01-09"),
    ],
)
def test_special_editions_and_extended_updates(id, edition, esu, end):
    """Long-term servicing and Extended Security Updates prolong support, never shorten it."""
    assert support_end(OPERATING_SYSTEMS[id], edition, esu) == date.fromisoformat(end)


@pytest.mark.rule("OS-3")
@given(st.sampled_from(IDS), st.sampled_from(["pro", "ltsc", "iot"]), st.booleans() | st.dates())
def test_extended_updates_never_shorten(id, edition, esu):
    """Whatever is entered for ESU, support lasts at least as long as without."""
    os = OPERATING_SYSTEMS[id]

    assert support_end(os, edition, esu) >= support_end(os, edition, False)


@pytest.mark.parametrize("id", IDS)
def test_support_begins_before_it_ends(id):
    """No system was released after its support ended, and Pro never outlives Enterprise."""
    os = OPERATING_SYSTEMS[id]

    assert os.release < os.end_of_support.pro <= os.end_of_support.enterprise


@pytest.mark.rule("OS-2")
@pytest.mark.parametrize(
    ("minimum", "oldest"),
    [
        ("1507", "windows-10-1607"),
        ("1607", "windows-10-1607"),
        ("1703", "windows-10-1703"),
        ("1709", "windows-10-1709"),
        ("20H2", "windows-10-20h2"),
        ("22h2", "windows-10-22h2"),
    ],
)
def test_the_minimum_of_windows_10_moves(minimum, oldest):
    """The switch moves the oldest Windows 10 that is supported, down to 1607."""
    tens = [id for id in IDS if id.startswith("windows-10-")]
    supported = [id for id in tens if is_supported(OPERATING_SYSTEMS[id], minimum)]

    assert supported == tens[tens.index(oldest) :]


@pytest.mark.rule("OS-2")
def test_the_switch_takes_every_release():
    """A scenario may name each release of Windows 10 as minimum, and no other word."""
    accepted = RuleSwitches.model_fields["windows_10_minimum"].annotation.__args__

    assert accepted == WINDOWS_10_RELEASES


@pytest.mark.rule("OS-2")
@given(st.sampled_from(WINDOWS_10_RELEASES))
def test_the_minimum_concerns_windows_10_alone(minimum):
    """Other systems are supported or not, whatever the minimum of Windows 10."""
    for id, _, _, _, supported, _, _ in CATALOGUE:
        if not id.startswith("windows-10-"):
            assert is_supported(OPERATING_SYSTEMS[id], minimum) is supported


@pytest.mark.rule("OS-5")
def test_releases_later_than_the_page():
    """Server 2025, Server 23H2 and Windows 11 26H1 and later are marked for a warning."""
    later = {id for id, os in OPERATING_SYSTEMS.items() if os.later_than_page}

    assert later == {"server-2025", "server-23h2", "windows-11-26h1", "windows-11-26h2"}


@pytest.mark.rule("OS-1")
def test_an_unknown_system_is_nothing():
    """A system that nobody could place has no level and no support."""
    assert level(None) == "none"
    assert not is_supported(None, "1709")


@pytest.mark.rule("OS-5")
@pytest.mark.parametrize("row", CATALOGUE, ids=IDS)
@pytest.mark.parametrize("form", ["{}", "10.0.{}.3324", "10.0.{}", " {}.1 "])
def test_product_type_and_build_decide(row, form):
    """Every build with its product type leads to its system, however the build is written."""
    id, product_type, build, *_ = row
    name = "Windows Server SAC" if id == "server-sac-1809" else None

    assert classify(name, form.format(build), product_type).id == id
    assert classify(name, build, product_type).id == id


@pytest.mark.rule("OS-5")
@pytest.mark.parametrize(
    ("build", "client", "server"),
    [
        (7601, "windows-7", "server-2008-r2"),
        (9600, "windows-8.1", "server-2012-r2"),
        (14393, "windows-10-1607", "server-2016"),
        (16299, "windows-10-1709", "server-sac-1709"),
        (17134, "windows-10-1803", "server-sac-1803"),
        (17763, "windows-10-1809", "server-2019"),
        (18362, "windows-10-1903", "server-sac-1903"),
        (18363, "windows-10-1909", "server-sac-1909"),
        (19041, "windows-10-2004", "server-sac-2004"),
        (19042, "windows-10-20h2", "server-sac-20h2"),
        (26100, "windows-11-24h2", "server-2025"),
    ],
)
def test_a_build_alone_is_ambiguous(build, client, server):
    """Builds shared by a client and a server need the product type, or a name that gives it."""
    assert classify(None, build, None) is None
    assert classify(None, build, "client").id == client
    assert classify("Windows NT Workstation", build, None).id == client
    assert classify(None, build, "server").id == server
    assert classify(None, build, "domain_controller").id == server
    assert classify("Microsoft Windows NT Server", build, None).id == server


@pytest.mark.parametrize("id", IDS)
def test_an_id_decides_alone(id):
    """The catalogue's own id is taken as it is, in any case, whatever else is said."""
    assert classify(id.upper(), "1", "server").id == id


@pytest.mark.rule("OS-5")
@pytest.mark.parametrize(
    ("name", "build", "product_type", "id"),
    [
        (
            "Microsoft Windows NT Workstation 10.0 (Tablet Edition)",
            "10.0.19045.3324",
            None,
            "windows-10-22h2",
        ),
        ("Microsoft Windows NT Workstation 10.0", "10.0.22631.2861", None, "windows-11-23h2"),
        ("Microsoft Windows NT Workstation 6.1", None, None, "windows-7"),
        ("Microsoft Windows NT Workstation 6.3", None, None, "windows-8.1"),
        ("Microsoft Windows NT Workstation 6.3", "6.3.9600", None, "windows-8.1"),
        ("Microsoft Windows NT Server 6.1", "", None, "server-2008-r2"),
        ("Microsoft Windows NT Server 6.2", "", None, "server-2012"),
        ("Microsoft Windows NT Advanced Server 6.3", None, None, "server-2012-r2"),
        ("Microsoft Windows NT Server 10.0", "10.0.20348.2113", None, "server-2022"),
        ("Microsoft Windows NT Advanced Server 10.0", 14393, None, "server-2016"),
        ("Windows 10", "19045", None, "windows-10-22h2"),
        ("Windows 10 Enterprise, version 21H2", None, None, "windows-10-21h2"),
        ("Windows 11 Enterprise 24H2", None, "client", "windows-11-24h2"),
        ("Windows11", "22000", None, "windows-11-21h2"),
        ("Microsoft Windows 8.1 Pro", None, None, "windows-8.1"),
        ("Windows 7 Professional", None, None, "windows-7"),
        ("Microsoft Windows Server 2019 Standard", None, None, "server-2019"),
        ("Microsoft Windows Server 2019 Standard", "17763", "server", "server-2019"),
        ("Windows Server 2012 R2", None, None, "server-2012-r2"),
        ("WindowsServer2012R2", None, None, "server-2012-r2"),
        ("Windows Server 2008 R2 Enterprise", None, None, "server-2008-r2"),
        ("Windows Server 2012 Datacenter", None, None, "server-2012"),
        ("Windows Server 2025", None, "domain_controller", "server-2025"),
        ("Windows Server, version 1909", None, None, "server-sac-1909"),
        ("Windows Server, version 20H2", None, None, "server-sac-20h2"),
        ("Windows Server, version 23H2", None, None, "server-23h2"),
        ("Windows Server SAC", "10.0.17763.1", None, "server-sac-1809"),
        ("Windows Server, version 1809", 17763, "server", "server-sac-1809"),
        (None, 19045, None, "windows-10-22h2"),
        (None, 20348, None, "server-2022"),
    ],
)
def test_names_of_exports(name, build, product_type, id):
    """What inventories and portals call a system leads to it."""
    assert classify(name, build, product_type).id == id


@pytest.mark.rule("OS-5")
@pytest.mark.parametrize(
    ("name", "build", "product_type"),
    [
        (None, None, None),
        ("", "", ""),
        ("Windows 10", None, None),
        ("Windows 10 22H9", None, None),
        ("Windows 8", "9200", None),
        ("Windows 8", None, None),
        ("Microsoft Windows NT Workstation 10.0", None, None),
        ("Microsoft Windows NT Workstation 6.2", None, None),
        ("Windows Server", None, None),
        ("Windows Server 2003", None, None),
        ("Linux", "5.15", None),
        ("macOS", None, "client"),
        ("Windows 10", "many", "client"),
        (None, 19045, "server"),
        (None, 20348, "client"),
        (None, 12345, "client"),
        ("Windows 11 24H2", 12345, "client"),
    ],
)
def test_what_cannot_be_placed(name, build, product_type):
    """Nothing is guessed: unknown names, unknown builds and contradictions give None."""
    assert classify(name, build, product_type) is None


@given(
    st.none() | st.text(),
    st.none() | st.integers() | st.text(),
    st.sampled_from([None, "", "client", "server", "domain_controller"]),
)
def test_recognizing_never_fails(name, build, product_type):
    """Whatever an export holds, recognizing answers with a system or with None."""
    os = classify(name, build, product_type)

    assert os is None or os in OPERATING_SYSTEMS.values()
