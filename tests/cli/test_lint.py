"""The command lint: exit codes, forms, device lists, several scenarios at once."""

import json

from tests.cli.commands import changed, entries, process, write

MENDED = changed(("key: absent", "key: present"))


def test_a_scenario_with_warnings_alone_passes(command, tmp_path):
    write(tmp_path, MENDED)
    ended = command("lint", "s.yaml", folder=tmp_path)

    assert ended.code == 0
    assert " warning LNT-" in ended.out
    assert " error LNT-" not in ended.out
    assert ended.out.splitlines()[-1].startswith("1 scenario: ")
    assert ended.err == ""


def test_a_scenario_with_an_error_ends_with_2(command, tmp_path):
    write(tmp_path)
    ended = command("lint", "s.yaml", folder=tmp_path)

    assert ended.code == 2
    assert "s.yaml:16: plan[everybody].deploy: error LNT-101: " in ended.out
    assert "[MMA-2]" in ended.out


def test_one_bad_scenario_of_several_decides_and_all_are_reported(command, tmp_path):
    write(tmp_path, MENDED, "good.yaml")
    write(tmp_path, "format: 2\n", "bad.yaml")
    ended = command("lint", "good.yaml", "bad.yaml", "missing.yaml", folder=tmp_path)

    assert ended.code == 2
    assert "bad.yaml:1: format: error LNT-001: " in ended.out
    assert "missing.yaml: error LNT-001: there is no such file" in ended.out
    assert "good.yaml:" in ended.out
    assert ended.out.splitlines()[-1].startswith("3 scenarios: ")


def test_lint_needs_a_scenario(command, tmp_path):
    ended = command("lint", folder=tmp_path)

    assert ended.code == 2
    assert "SCENARIO" in ended.err


def test_json_and_sarif_are_one_document_each(command, tmp_path):
    write(tmp_path)
    write(tmp_path, MENDED, "good.yaml")
    told = command("lint", "s.yaml", "good.yaml", "--format", "json", folder=tmp_path)
    sarif = command("lint", "s.yaml", "good.yaml", "--format", "sarif", folder=tmp_path)

    assert (told.code, sarif.code) == (2, 2)
    assert [one["file"] for one in json.loads(told.out)["scenarios"]] == ["s.yaml", "good.yaml"]
    assert len(json.loads(sarif.out)["runs"]) == 1


def test_device_lists_are_written_where_out_says(command, tmp_path):
    write(tmp_path)
    ended = command("lint", "s.yaml", "--out", "lists/deep", folder=tmp_path)
    told = command("lint", "s.yaml", "--out", "lists/deep", "--format", "json", folder=tmp_path)

    names = entries(tmp_path / "lists" / "deep")
    findings = json.loads(told.out)["scenarios"][0]["findings"]
    assert {one["device_list"] for one in findings if one["devices"]} == names
    assert f"Wrote {len(names)} device lists to" in ended.out
    entry = next(one for one in findings if one["id"] == "LNT-101")
    written = (tmp_path / "lists" / "deep" / entry["device_list"]).read_text().splitlines()
    assert written == ["name", *entry["devices"]]


def test_an_out_that_cannot_be_written_is_one_line(command, tmp_path):
    write(tmp_path)
    (tmp_path / "lists").write_text("a file")
    ended = command("lint", "s.yaml", "--out", "lists", folder=tmp_path)

    assert ended.code == 2
    assert len(ended.problems) == 1


def test_a_secret_of_the_environment_is_judged_and_not_shown(tmp_path):
    write(tmp_path, changed(("{id: present, key: absent}", "{id: {env: WS_ID}, key: present}")))
    ended = process("lint", "s.yaml", folder=tmp_path, WS_ID="c2VjcmV0" * 8)

    assert "LNT-305" in ended.out
    assert "c2VjcmV0" not in ended.out + ended.err


def test_nothing_is_colored_without_a_terminal(tmp_path):
    write(tmp_path)
    ended = process("lint", "s.yaml", folder=tmp_path)

    assert ended.code == 2
    assert "\x1b" not in ended.out
