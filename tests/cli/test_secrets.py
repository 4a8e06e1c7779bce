"""Workspace values from the environment appear nowhere (POL-3)."""

import pandas as pd
import pytest

from tests.cli.commands import RUN_FOLDER, changed, contents, process, write

ID = "7e57ab1e-c0de-4bad-9a11-5ec2e7000001"
KEY = "U0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUU0VDUkVUQUJDRA=="
WRONG = "not-a-real-5ec2e7-value"
WORKSPACE = "{id: present, key: absent}"
FROM_ENVIRONMENT = "{id: {env: TEST_WORKSPACE_ID}, key: {env: TEST_WORKSPACE_KEY}}"
SCENARIO = changed((WORKSPACE, FROM_ENVIRONMENT), ("- {name: everybody", """\
- {name: later, at: 5 d, set_workspace: Onboard, key: {env: TEST_OTHER_KEY}}
  - {name: everybody"""))  # fmt: skip


def cells(path):
    """Return all text of a Parquet file, decompressed."""
    frame = pd.read_parquet(path)
    return " ".join(map(str, [*frame.columns, *frame.astype(str).to_numpy().ravel()]))


def assert_nowhere(secrets, folder, ended):
    searched = {name: content for name, content in contents(folder).items() if name != "s.yaml"}
    texts = {name: content.decode("utf-8", "replace") for name, content in searched.items()}
    texts |= {f"{name} unpacked": cells(folder / name) for name in texts if "parquet" in name}
    texts |= {"standard output": ended.out, "standard error": ended.err}
    for secret in secrets:
        for form in (secret, secret.casefold(), secret[4:-4], repr(secret.encode())[2:-1]):
            assert [name for name, text in texts.items() if form in text] == []


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize(
    ("id", "key", "causes"),
    [
        (ID, KEY, set()),
        (KEY, ID, {"workspace_swapped"}),
        (WRONG, WRONG[::-1], {"workspace_wrong"}),
        (ID, " ", {"workspace_missing"}),
    ],
)
def test_values_of_the_environment_are_in_no_result_and_no_message(id, key, causes, tmp_path):
    """Every file of the run folder is searched, Parquet unpacked too, and what was printed."""
    write(tmp_path, SCENARIO.replace("seed: 7", "seed: 7\nfaults: none"))
    variables = {"TEST_WORKSPACE_ID": id, "TEST_WORKSPACE_KEY": key, "TEST_OTHER_KEY": key}

    ended = process("run", "s.yaml", "--out", "r", folder=tmp_path, **variables)

    assert ended.code == 0, ended.err
    assert set(contents(tmp_path / "r")) == RUN_FOLDER
    assert_nowhere({value for value in (id, key) if value.strip()}, tmp_path, ended)
    failed = pd.read_parquet(tmp_path / "r" / "devices.parquet")["cause"]
    assert causes <= set(failed)
    assert "env: TEST_WORKSPACE_KEY" in (tmp_path / "r" / "scenario.yaml").read_text("utf-8")


@pytest.mark.rule("POL-3")
def test_values_of_the_environment_are_in_no_story(tmp_path):
    write(tmp_path, SCENARIO)
    variables = {"TEST_WORKSPACE_ID": ID, "TEST_WORKSPACE_KEY": KEY, "TEST_OTHER_KEY": KEY}
    process("run", "s.yaml", "--out", "r", folder=tmp_path, **variables)
    device = pd.read_parquet(tmp_path / "r" / "devices.parquet")["name"][0]

    ended = process("explain", "r", device, folder=tmp_path, **variables)

    assert ended.code == 0
    assert_nowhere({ID, KEY}, tmp_path, ended)


@pytest.mark.rule("POL-3")
def test_variables_that_are_not_set_are_named_with_their_lines(command, tmp_path, monkeypatch):
    """All at once, together with what else stands in the way of the run."""
    for name in ("TEST_WORKSPACE_ID", "TEST_WORKSPACE_KEY", "TEST_OTHER_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "d.csv").write_text("name,os\nA,nonsense\n")
    text = SCENARIO.replace("generate: {devices: 30, mix: servers}", "import: {file: d.csv}")
    write(tmp_path, text)
    expected = "is not set; set it before the run, or write present, absent or wrong instead"

    ended = command("run", "s.yaml", folder=tmp_path)

    assert ended.code == 2
    where = "policies[Onboard].workspace"
    assert ended.problems[:-1] == [
        f"s.yaml:14: {where}.id: the environment variable TEST_WORKSPACE_ID {expected}",
        f"s.yaml:14: {where}.key: the environment variable TEST_WORKSPACE_KEY {expected}",
        f"s.yaml:16: plan[later].key: the environment variable TEST_OTHER_KEY {expected}",
    ]
    assert ended.problems[-1].startswith('d.csv:2: os: the system "nonsense" is unknown')
    assert not (tmp_path / "results").exists()


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize("literal", [ID, KEY, WRONG])
@pytest.mark.parametrize("field", ["id", "key"])
def test_a_literal_value_is_refused_without_being_repeated(field, literal, command, tmp_path):
    """In the scenario and with --set."""
    (tmp_path / "written").mkdir()
    (tmp_path / "given").mkdir()
    write(tmp_path / "written", changed((WORKSPACE, f"{{{field}: {literal}}}")))
    write(tmp_path / "given")
    option = f"policies[Onboard].workspace.{field}={literal}"

    in_file = command("run", "s.yaml", folder=tmp_path / "written")
    in_option = command("run", "s.yaml", "--set", option, folder=tmp_path / "given")

    for ended in (in_file, in_option):
        assert (ended.code, ended.out) == (2, "")
        assert "the value itself never belongs in a scenario" in ended.err
        assert_nowhere({literal}, tmp_path / "given", ended)


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize("place", ["simulate", "replay", "outcomes"])
def test_an_internal_error_shows_no_value(place, command, tmp_path, monkeypatch):
    """Even a message that repeats everything that is prepared for a replication."""

    def broken(setting, *others):
        raise RuntimeError(f"lost in {setting!r}")

    for name in ("TEST_WORKSPACE_ID", "TEST_WORKSPACE_KEY", "TEST_OTHER_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.delenv("FLEETSIM_TRACEBACK", raising=False)
    monkeypatch.setattr(f"sim.runs.replication.{place}", broken)
    write(tmp_path, SCENARIO)

    ended = command("run", "s.yaml", folder=tmp_path)

    assert ended.code == 70
    assert_nowhere({KEY}, tmp_path, ended)
