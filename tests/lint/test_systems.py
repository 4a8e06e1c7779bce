"""Systems past support or later than the page, queries by build, empty collections (OS-3, OS-5)."""

import pytest

from tests.lint.linted import MDE_CLIENT, a_server, devices_of, found, ids, one, workstations


@pytest.mark.rule("OS-3")
def test_systems_past_their_support_on_the_scenarios_dates_are_a_warning(tmp_path):
    devices = [*a_server("windows-10-22h2", esu="false"), *workstations()]
    findings = found(tmp_path, devices)

    assert devices_of(findings, "LNT-601") == [1]
    assert "that are out of support: 1 Windows 10, version 22H2" in one(findings, "LNT-601").what
    assert "LNT-601" not in ids(tmp_path, devices, start="2025-09-01 00:00")
    assert "LNT-601" not in ids(tmp_path, devices, rules={"end_of_support": "ignore"})
    assert "LNT-601" not in ids(tmp_path, a_server("windows-10-22h2", esu="true"))


@pytest.mark.rule("OS-3")
def test_a_support_that_ends_during_the_run_is_told_as_such(tmp_path):
    devices = a_server("windows-10-22h2", esu="false")
    finding = one(found(tmp_path, devices, start="2025-10-01 00:00"), "LNT-601")

    assert "whose support ends during the run" in finding.what


@pytest.mark.rule("OS-3")
def test_the_last_day_of_support_still_counts_as_supported(tmp_path):
    devices = a_server("windows-10-22h2", esu="false")
    finding = one(found(tmp_path, devices, start="2025-10-14 00:00"), "LNT-601")

    assert "whose support ends during the run" in finding.what
    late = one(found(tmp_path, devices, start="2025-10-15 00:00"), "LNT-601")
    assert "that are out of support" in late.what
    assert "LNT-601" not in ids(tmp_path, devices, start="2025-10-13 00:00", horizon="2 d")


def test_the_most_frequent_systems_are_named_and_the_others_counted(tmp_path):
    systems = ["windows-7"] + ["windows-8.1"] * 4 + ["windows-10-1709"] * 3
    systems += ["windows-10-1803"] * 2 + ["windows-10-1809", "windows-10-1903"]
    devices = [{"os": system, "edition": "pro", "esu": "false"} for system in systems]
    what = one(found(tmp_path, devices), "LNT-601").what

    assert "11 devices run systems that are out of support: 4 Windows 8.1, 3 Windows 10," in what
    assert "2 Windows 10, version 1803 and 2 others;" in what


@pytest.mark.rule("OS-3")
def test_where_support_is_enforced_they_cannot_onboard(tmp_path):
    devices = a_server("windows-10-22h2", esu="false")
    findings = found(tmp_path, devices, rules={"end_of_support": "enforce"})

    assert one(findings, "LNT-102").cause == "os_out_of_support"


@pytest.mark.rule("OS-5")
def test_releases_later_than_the_page_are_a_warning(tmp_path):
    assert devices_of(found(tmp_path, a_server("server-2025")), "LNT-602") == [1]
    assert "LNT-602" not in ids(tmp_path, a_server("server-2022"))


@pytest.mark.rule("OS-2")
def test_windows_10_releases_on_which_the_page_contradicts_itself_are_told_of(tmp_path):
    devices = a_server("windows-10-1607", edition="enterprise")

    assert devices_of(found(tmp_path, devices), "LNT-603") == [1]
    assert "LNT-603" not in ids(tmp_path, devices, rules={"windows_10_minimum": "1607"})
    assert "LNT-603" not in ids(tmp_path, a_server("windows-10-1709"))
    assert "LNT-603" not in ids(tmp_path, a_server("windows-10-1607", edition="ltsc"))


@pytest.mark.rule("PRE-6")
@pytest.mark.parametrize(
    ("workload", "words"),
    [
        ("configmgr", "the site manages them"),
        ("intune", "the site leaves them alone"),
        ({"pilot": "Pilot"}, "of those in Pilot, and the site leaves these alone"),
    ],
)
def test_co_managed_targets_are_counted_and_lint_says_who_onboards_them(tmp_path, workload, words):
    devices = [*workstations(2, managed_by="co_managed"), *workstations(managed_by="configmgr")]
    pilot = {"name": "Pilot", "members": ["PC-001"]}
    site = {"endpoint_protection_workload": workload}
    collections = [{"name": "All", "members": "managed"}, pilot]
    findings = found(tmp_path, devices, site=site, collections=collections)

    finding = one(findings, "LNT-605")
    assert finding.what.startswith("2 targets are co-managed")
    assert words in finding.what
    left = [each.cause for each in findings if each.id == "LNT-102"]
    assert left == ([] if workload == "configmgr" else ["managed_by_intune"])


@pytest.mark.parametrize("state", ["not_installed", "disabled"])
@pytest.mark.parametrize("os", ["server-2019", "server-2022", "windows-10-1809"])
def test_up_level_devices_without_defender_antivirus_are_told_of(tmp_path, os, state):
    """They onboard, so nothing else says it; on Server 2016 the installation fails instead."""
    finding = one(found(tmp_path, a_server(os, antivirus=state)), "LNT-606")

    assert state.replace("_", " ") in finding.what
    assert "LNT-606" not in ids(tmp_path, a_server(os, antivirus="outdated"))
    assert "LNT-606" not in ids(tmp_path, a_server("server-2016", antivirus=state))


@pytest.mark.rule("MMA-1")
def test_servers_that_take_mma_after_its_retirement_are_told_of(tmp_path):
    devices = [*a_server(), *a_server("windows-8.1")]

    assert devices_of(found(tmp_path, devices), "LNT-604") == [1]
    assert "LNT-604" not in ids(tmp_path, devices, client_settings=[MDE_CLIENT])
    assert "LNT-604" not in ids(tmp_path, devices, start="2024-08-29 00:00")


def asked(tmp_path, members, devices=None):
    everybody = {"name": "All", "members": "managed"}
    devices = devices or [*workstations(), *a_server(), *a_server("windows-10-1607")]
    queried = {"name": "Asked", "members": members}
    return found(tmp_path, devices, collections=[everybody, queried])


def said(tmp_path, members, devices=None):
    return {finding.id for finding in asked(tmp_path, members, devices)}


@pytest.mark.rule("OS-5")
def test_builds_from_14393_on_catch_old_windows_10_and_server_2016_and_miss_others(tmp_path):
    findings = asked(tmp_path, "build >= 14393")
    finding = one(findings, "LNT-611")

    assert "the builds in the query of Asked also include Windows 10, version 1607" in finding.what
    assert "Windows Server 2016" in finding.what
    assert "miss Windows 8.1 and Windows Server 2012 R2" in finding.what
    assert devices_of(findings, "LNT-611") == [2, 3]


@pytest.mark.parametrize(
    "mended",
    [
        "build >= 16299 and product_type == 'client'",
        "os in ['windows-11-24h2', 'server-2016']",
        "build >= 14393 and os != 'server-2016'",
    ],
)
def test_queries_that_name_systems_or_kinds_are_fine(tmp_path, mended):
    assert "LNT-611" not in said(tmp_path, mended)


@pytest.mark.parametrize("build", [9600, 14393, 17763, 26100])
@pytest.mark.rule("OS-5")
def test_a_build_that_is_a_client_and_a_server_at_once_is_told_of(tmp_path, build):
    assert "LNT-611" in said(tmp_path, f"build == {build}")
    assert "LNT-611" not in said(tmp_path, f"build == {build} and product_type == 'client'")
    assert "LNT-611" not in said(tmp_path, "build == 22631")


@pytest.mark.rule("OS-5")
def test_a_query_by_order_of_builds_names_the_devices_that_text_order_adds_or_leaves_out(tmp_path):
    devices = [*workstations(), *a_server("server-2012-r2"), *a_server("server-2016")]
    finding = one(asked(tmp_path, "build >= 14393", devices), "LNT-614")

    assert "there it also includes 1 device (1 Windows Server 2012 R2)" in finding.what
    assert devices_of([finding], "LNT-614") == [2]
    below = one(asked(tmp_path, "not build > 10240", devices), "LNT-614")
    assert "misses 1 device (1 Windows Server 2012 R2)" in below.what
    assert "build in [19045, 22631]" in below.advice
    for same in ("build in [14393, 22631]", "build >= 14393 and build != 9600"):
        assert "LNT-614" not in said(tmp_path, same, devices)
    assert "LNT-614" not in said(tmp_path, "build >= 14393", devices[:1])


def test_names_of_systems_that_the_fleet_does_not_have_are_noted(tmp_path):
    finding = one(asked(tmp_path, "os in ['server-2016', 'server-2019']"), "LNT-612")

    assert "names server-2019," in finding.what
    assert "LNT-612" not in said(tmp_path, "os in ['server-2016', 'windows-11-24h2']")


@pytest.mark.rule("TIM-4")
def test_collections_that_are_empty_in_this_fleet_are_told_of(tmp_path):
    assert one(asked(tmp_path, "chassis == 'virtual'", workstations()), "LNT-613")
    assert "LNT-613" not in said(tmp_path, "product_type == 'client'")


def test_a_collection_that_a_patch_may_fill_is_not_empty(tmp_path):
    query = {"name": "Moved", "members": "location == 'PAR'"}
    everybody = {"name": "All", "members": "managed"}
    patch = {"at": "1 d", "patch": {"location": "PAR"}, "on": ["All"], "within": "1 h"}
    devices = workstations(location="LON")

    assert "LNT-613" in ids(tmp_path, devices, collections=[everybody, query])
    assert "LNT-613" not in ids(tmp_path, devices, collections=[everybody, query], plan=[patch])
