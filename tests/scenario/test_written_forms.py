"""The written forms of a scenario: resolved text, schema, starter, member files."""

import json
import subprocess
import sys
import time

import jsonschema
import pytest

from sim.cli.init import starter
from sim.errors import UnusableInput
from sim.scenario.loader import load_scenario, load_text
from sim.scenario.model import Import, MemberFile, names_of
from sim.scenario.reference_checks import read_member_file
from sim.scenario.rendering import to_yaml
from sim.scenario.schema import DIALECT, scenario_schema
from sim.scenario.yaml_text import read_yaml
from tests.scenario.texts import BASE, EXAMPLE, EXAMPLE_FILE, changed, loaded

TEXTS = [
    EXAMPLE,
    starter(),
    BASE,
    changed(("name: Base", 'name: "no"'),
            ("fleet:", 'question: "it\'s \\"8:00\\" \\\\ é\\n#"\nfleet:')),
    BASE + '  - {at: 2026-03-20, set_workspace: Onboard, key: {env: KEY}}\n'
    '  - {at: 2 d, patch: {esu: 2026-10-13, dotnet: true, client_version: "2403"}, on: Pilot, '
    "within: 3 d}\nassumptions: {esu_share: 5 %, content_slots: 7, old_client_version: '2107'}\n",
    changed(("devices: 20", "devices: 20, mix: {windows-8.1: 0.5 %, server-2016: 99.5 %}"),
            ("members: managed", "members: [PC-1, '010']")),
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_scenario_written_out_is_the_same_scenario(text):
    """What is written back loads to an equal scenario, and is written the same again."""
    scenario = load_text(text).scenario
    written = to_yaml(scenario)

    assert load_text(written).scenario == scenario
    assert to_yaml(load_text(written).scenario) == written


@pytest.mark.rule("POL-3")
def test_a_secret_is_written_as_the_name_of_its_variable():
    """The resolved scenario names environment variables and holds no values."""
    text = changed(("    package: onboarding-a",
                    "    package: onboarding-a\n    workspace: {id: {env: WS}}"))  # fmt: skip

    assert "id:\n        env: WS\n      key: absent" in to_yaml(loaded(text))


def test_defaults_are_filled_in():
    """Every default with a written form is in the resolved scenario."""
    written = to_yaml(loaded())

    for line in (
        "seed: 1",
        '  version: "2403"',
        "    mix: enterprise-2026",
        "faults: drawn",
        "  interval: 1 h",
        "  inactive_after: 7 d",
        "    evaluation: scheduled",
    ):
        assert f"\n{line}\n" in written  # fmt: skip


def test_file_names_can_be_replaced_before_writing():
    """A modified scenario is written with its new file names and lists of members."""
    text = changed(("generate: {devices: 20}", "import: {file: devices.csv}"),
                   ("members: managed", "members: {file: names.txt}"))  # fmt: skip
    scenario = loaded(text)
    fleet = scenario.fleet.model_copy(update={"import_": Import(file="fleet.parquet")})
    pilot = scenario.collections[0].model_copy(update={"members": ("PC-1", "PC-2")})
    moved = scenario.model_copy(update={"fleet": fleet, "collections": (pilot,)})

    assert scenario.collections[0].members == MemberFile(file="names.txt")
    assert "  import:\n    file: fleet.parquet\n" in to_yaml(moved)
    assert load_text(to_yaml(moved)).scenario == moved


@pytest.fixture(scope="module")
def judge():
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_json(text):
    return json.loads(json.dumps(read_yaml(text)[0].plain()))


@pytest.mark.parametrize("text", [*TEXTS, *(to_yaml(load_text(text).scenario) for text in TEXTS)])
def test_the_schema_accepts_what_the_loader_accepts(judge, text):
    """Scenarios as people write them and as fleetsim writes them are valid."""
    assert [error.message for error in judge.iter_errors(as_json(text))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: Base", "nam: Base"),
        ("name: Base", "name: 7"),
        ("horizon: 60 d", "horizon: 60"),
        ("devices: 20", "devices: 0"),
        ("generate: {devices: 20}", "{}"),
        ("at: 1 d", "at: 1 d, when: x"),
        ("at: 1 d, ", ""),
        ("at: 1 d", "at: 1 d, otherwise: {after: 3 d, do: stop}"),
        ("deploy: Onboard", "deplyo: Onboard"),
        ("to: [Pilot]", "to: []"),
        ("package: onboarding-a", "package: onboarding-a\n    workspace: {id: secret}"),
    ],
)
def test_the_schema_refuses_what_an_editor_should_underline(judge, old, new):
    """Unknown keys, wrong types and misshapen steps are not valid."""
    assert not judge.is_valid(as_json(changed((old, new))))


def test_the_schema_speaks_in_sentences():
    """Each part and each key that needs it is described, nowhere with the program's words."""
    text = json.dumps(scenario_schema())

    assert scenario_schema()["$schema"] == DIALECT
    assert scenario_schema()["$defs"]["Deploy"]["description"] == "Deploy a policy to collections."
    assert '"null"' not in text
    assert "None" not in text


def test_the_starter_asks_loads_and_explains():
    """The starter is small, has a pilot, a gate and expectations, and says what it does."""
    scenario = load_text(starter()).scenario

    assert scenario.fleet.generate.devices == 200
    assert [bool(step.when) for step in scenario.plan] == [False, True]
    assert scenario.policies[0].workspace.key == "present"
    assert scenario.expect
    assert starter().count("#") > 10


def test_member_files_hold_one_name_a_line(tmp_path):
    """Empty lines, comments and a byte-order mark do not count."""
    path = tmp_path / "names.txt"
    path.write_bytes("\ufeffPC-1\r\n\r\n# later:\r\n  PC-2 \r\n".encode())

    assert read_member_file(path) == ("PC-1", "PC-2")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name\nPC-1\nPC-2\n", ("PC-1", "PC-2")),
        ("name\n", ("name",)),
        ("PC-1\nname\n", ("PC-1", "name")),
    ],
)
def test_a_header_above_the_names_is_no_device(text, names, tmp_path):
    (tmp_path / "names.csv").write_text(text)

    assert read_member_file(tmp_path / "names.csv") == names


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (b"# nobody\n", "the file names no device; one device name on each line"),
        (b"PC-\xe9\n", "line 1 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_an_unusable_member_file_is_refused(tmp_path, content, message):
    """Missing, empty and badly encoded member files are named."""
    path = tmp_path / "names.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableInput) as refused:
        read_member_file(path)

    assert str(refused.value) == f"{path}: {message}"


def test_names_of_a_scenario():
    """What expressions may name comes from the scenario."""
    names = names_of(load_text(EXAMPLE).scenario)

    assert names.payloads == ("a", "b", "farewell")
    assert names.locations == ("LON",)
    assert names.packages == ("onboarding-a", "script-b", "farewell")


def test_loading_is_quick_and_light():
    """The example loads in a quarter of a second, without the libraries of arrays and pictures."""
    load_scenario(EXAMPLE_FILE)
    start = time.perf_counter()
    load_scenario(EXAMPLE_FILE)
    code = (
        "import sys, sim.scenario.loader; "
        "print([m for m in ('numpy', 'pandas', 'matplotlib', 'simpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert time.perf_counter() - start < 5
    assert done.stdout.strip() == "[]"
