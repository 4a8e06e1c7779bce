"""Loading: the example of the contract, plain-worded complaints, overrides, lines."""

from datetime import date, datetime, time

import pytest

from sim.errors import UnusableInput
from sim.language.moments import Elapsed, OnDate, OnDay
from sim.scenario.loader import load_scenario, load_text
from sim.scenario.model import Scenario, Workspace
from sim.scenario.steps import SetClientVersion
from sim.scenario.values import FromEnvironment
from tests.scenario.texts import BASE, EXAMPLE, EXAMPLE_FILE, changed, complaints, loaded

STEP = "deploy: Onboard, to: [Pilot]}"
VERBS = (
    "deploy, undeploy, update, set_workspace, set_sample_sharing, pause, resume, run_script, "
    "remove_script, exclude, include, remove_collection, set_client_setting, set_site_version, "
    "set_client_version, patch, restart"
)


def test_the_example_of_the_contract_loads():
    """The whole example scenario is read as intended."""
    result = load_scenario(EXAMPLE_FILE)
    scenario = result.scenario

    assert scenario.start == datetime(2026, 3, 2)
    assert scenario.plan[0].at == OnDay(1, time(9, 0))
    assert scenario.policies[0].workspace == Workspace(id="present", key="absent")
    assert [step.name for step in scenario.plan] == ["pilot", "everybody", None]
    assert len(scenario.expect) == 4
    assert scenario.client_settings[0].downlevel_client == "mde_client"
    assert (result.folder, result.file) == (EXAMPLE_FILE.parent, str(EXAMPLE_FILE))
    assert result.source == EXAMPLE


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("policies[Onboard].package", "    package: onboarding-a"),
        ("policies[0].package", "    package: onboarding-a"),
        ("plan[everybody].otherwise.do", "     deploy: Onboard, to: [Broad]"),
        ("plan[2]", "  - {after: everybody"),
        ("site.time_zone", "  time_zone:"),
        ("policies[Onboard].nothing.there", "  - name: Onboard"),
        ("plan[nobody]", "plan:"),
    ],
)
def test_every_place_has_a_line(place, text):
    """A place in words leads to its line, or to the line of what is around it."""
    result = load_text(EXAMPLE)
    line = EXAMPLE.splitlines()[result.lines.line(place) - 1]

    assert line.startswith(text) or (place.endswith(".do") and "everybody" in line)


def test_what_is_no_path_has_no_line():
    """A text that is no path leads nowhere."""
    assert load_text(EXAMPLE).lines.line("a]b") == 0
    assert load_text(EXAMPLE).lines.line("") == 0


def test_one_name_may_stand_without_brackets():
    """Where a list of names is wanted, one name alone is a list of one."""
    text = changed(
        ("to: [Pilot]", "to: Pilot"),
        ("members: managed}", "members: managed}\n  - {name: B, include: Pilot, exclude: Pilot}"),
    ) + "  - {at: 2 d, restart: Pilot, within: 1 h}\n"  # fmt: skip
    scenario = loaded(text)

    assert scenario.plan[0].to == ("Pilot",)
    assert scenario.collections[1].include == ("Pilot",)
    assert scenario.plan[1].restart == ("Pilot",)


@pytest.mark.parametrize(
    "step",
    [
        "undeploy: Onboard, from: Pilot",
        "update: Onboard, package: onboarding-a",
        "set_workspace: Onboard, key: {env: WORKSPACE_KEY}",
        "set_sample_sharing: Onboard, to: none",
        "pause: Onboard",
        "resume: Onboard",
        "run_script: onboarding-a, on: Pilot",
        "remove_script: onboarding-a, from: Pilot",
        "exclude: Other, from: Pilot",
        "include: Other, in: Pilot",
        "remove_collection: Pilot",
        'set_site_version: "2503"',
        'set_client_version: "2403", on: Pilot',
        "patch: {antivirus: enabled, servicing_stack: 2021-09-14, esu: true}, on: Pilot, "
        "within: 3 d",
        'patch: {client_version: "5.00.9128", location: LON}, on: Pilot, within: 3 d',
        "restart: [Pilot], within: 8 h",
    ],
)
def test_every_verb_of_the_plan_is_read(step):
    """Each plan step of the contract's table loads."""
    other = ("members: managed}", "members: managed}\n  - {name: Other, members: managed}")
    scenario = loaded(changed(other) + f"  - {{at: 2 d, {step}}}\n")

    assert scenario.plan[1].at == Elapsed(172_800)


@pytest.mark.parametrize("step", ["exclude: Pilot, from: Pilot", "include: Pilot, in: Pilot"])
def test_a_step_that_makes_a_collection_depend_on_itself_is_refused(step):
    with pytest.raises(
        UnusableInput, match="would depend on themselves in a circle: Pilot > Pilot"
    ):
        loaded(BASE + f"  - {{at: 2 d, {step}}}\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("horizon: 60 d", "horizon: 60",
         "s.yaml:4: horizon: a bare number is not a duration; "
         "write its unit: 90 min, 36 h or 14 d"),
        ("horizon: 60 d", "horizon: 60 days",
         's.yaml:4: horizon: "60 days" is not a duration; a duration is written like 90 min, '
         "36 h or 14 d"),
        ("horizon: 60 d\n", "", "s.yaml:1: horizon: the key is missing"),
        ("format: 1", "format: 2", "s.yaml:1: format: 2 is not known here; 1"),
        ("format: 1", 'format: "1"', 's.yaml:1: format: "1" is not known here; 1; '
         'did you mean "1"?'),
        ("name: Base", "name: ''",
         "s.yaml:2: name: the text is empty; write at least one character"),
        ("name: Base", "name: 7",
         's.yaml:2: name: a number where text is expected; quote it: "7"'),
        ("name: Base", "name: true",
         's.yaml:2: name: true or false where text is expected; quote it: "true"'),
        ("name: Base", "name: [a]",
         "s.yaml:2: name: a list where text is expected"),
        ("start: 2026-03-02 00:00", "start: 2026-02-30",
         's.yaml:3: start: "2026-02-30" is not a start; a start is written like 2026-03-02 09:00'),
        ("start: 2026-03-02 00:00", "start: soon",
         's.yaml:3: start: "soon" is not a start; a start is written like 2026-03-02 09:00'),
        ("devices: 20", "devices: 0",
         "s.yaml:6: fleet.generate.devices: 0 is out of range; at least 1"),
        ("devices: 20", "devices: 3000000",
         "s.yaml:6: fleet.generate.devices: 3000000 is out of range; at most 2000000"),
        ("devices: 20", 'devices: "20"',
         "s.yaml:6: fleet.generate.devices: text where a whole number is expected; "
         "write it without quotation marks"),
        ("devices: 20", "devices: 20.5",
         "s.yaml:6: fleet.generate.devices: a number where a whole number is expected"),
        ("devices: 20", "devices: 20, mix: 5",
         "s.yaml:6: fleet.generate.mix: a number does not fit here; the name of a mix, or a table "
         "of systems and shares"),
        ("devices: 20", "devices: 20, already_onboarded: {share: 5}",
         "s.yaml:6: fleet.generate.already_onboarded.share: a number is not a share; a share has a "
         "percent sign: 5 %"),
        ("devices: 20", "devices: 20, already_onboarded: {share: 101 %}",
         's.yaml:6: fleet.generate.already_onboarded.share: "101 %" is not a share; a share is '
         "written like 5 %, between 0 % and 100 %"),
        ("{devices: 20}", "20",
         "s.yaml:6: fleet.generate: a number where a table of keys is expected; "
         "write a table of keys: {A: ..., B: ...}"),
        ("members: managed", "members: 5",
         "s.yaml:8: collections[Pilot].members: a number does not fit here; a query, managed, a "
         "list of device names, or {file: NAME}"),
        ("members: managed", "limit_to: 5",
         "s.yaml:8: collections[Pilot].limit_to: a number where text is expected; "
         'quote it: "5"'),
        ("payload: a, ", "kind: onbording, ",
         's.yaml:10: packages[onboarding-a].kind: "onbording" is not known here; one of '
         'onboarding, offboarding; did you mean "onboarding"?'),
        ("payload: a, ", "kind: [a], ",
         "s.yaml:10: packages[onboarding-a].kind: a list is not known here; one of onboarding, "
         "offboarding"),
        ("payload: a, ", "downloaded: yesterday, ",
         's.yaml:10: packages[onboarding-a].downloaded: "yesterday" is not a date; '
         "a date is written like 2026-03-02"),
        ("payload: a, ", "downloaded: 20260302, ",
         "s.yaml:10: packages[onboarding-a].downloaded: a number is not a date; "
         "a date is written like 2026-03-02"),
        ("fleet:", "site: {version: 2403}\nfleet:",
         's.yaml:5: site.version: a number where text is expected; quote it: "2403"'),
        ("fleet:", "site: {version: '24'}\nfleet:",
         's.yaml:5: site.version: "24" is not readable; four digits in quotation marks, such as '
         '"2403"'),
        ("fleet:", "site: {subscription: 1}\nfleet:",
         "s.yaml:5: site.subscription: a number where true or false is expected; write "
         "true or false"),
        ("fleet:", "site: {administrators: []}\nfleet:",
         "s.yaml:5: site.administrators: the list is empty; name at least one"),
        ("fleet:", "site: {administrators: {}}\nfleet:",
         "s.yaml:5: site.administrators: a table of keys where a list is expected; "
         "write a list: [A, B]"),
        ("fleet:", "rules: {windows_10_minimum: 1709}\nfleet:",
         "s.yaml:5: rules.windows_10_minimum: a number where text is expected; quote it: "
         '"1709"'),
        ("fleet:", "rules: {inactive_aftr: 7 d}\nfleet:",
         "s.yaml:5: rules.inactive_aftr: unknown key; known here: windows_10_minimum, "
         "end_of_support, offboarding_validity, update_reaches_onboarded, drift_reverted, "
         'evaluation_outside_windows, inactive_after, portal_retention; did you mean '
         '"inactive_after"?'),
        ("fleet:", "maintenance_windows: [{collection: Pilot, weekly: Sun 1:00, length: 3 h}]\n"
         "fleet:",
         's.yaml:5: maintenance_windows[0].weekly: "Sun 1:00" is not readable; a weekday and a '
         "time, such as Sunday 01:00"),
        ("to: [Pilot]", "to: []",
         "s.yaml:15: plan[pilot].to: the list is empty; name at least one"),
        ("to: [Pilot]", "to: [Pilot], within: 3 h",
         "s.yaml:15: plan[pilot].within: unknown key; known here: name, by, at, after, when, "
         'otherwise, deploy, to, evaluate_every; did you mean "when"?'),
        ("at: 1 d", "at: 5",
         "s.yaml:15: plan[pilot].at: a number is not a moment; a moment is written like 14 d, "
         "1 d 09:00 or 2026-03-20"),
        ("at: 1 d", "at: 1 d 25:00",
         's.yaml:15: plan[pilot].at: "1 d 25:00" is not a moment; a moment is written like 14 d, '
         "1 d 09:00 or 2026-03-20"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_one_problem_in_plain_words(old, new, message):
    """Each mistake is reported with file, line, place, what is wrong and what is expected."""
    assert complaints(changed((old, new))) == [message]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        (f"at: 1 d, {STEP}", "at: 1 d, deplyo: Onboard, to: [Pilot]}",
         [f"plan[pilot]: a step without a known verb; one of {VERBS}; "
          'did you mean "deploy"?']),
        (f"at: 1 d, {STEP}", "at: 1 d}",
         [f"plan[pilot]: a step without a known verb; one of {VERBS}"]),
        (f"at: 1 d, {STEP}", f"at: 1 d, pause: Onboard, {STEP}",
         ["plan[pilot]: two verbs: pause and deploy; a step has exactly one"]),
        (f"at: 1 d, {STEP}", STEP, ["plan[pilot]: a step without a time; "
         "write at:, after: or when:"]),
        (f"at: 1 d, {STEP}", f"at: 1 d, when: targeted > 3, {STEP}",
         ["plan[pilot]: at and when at once; a step has exactly one of at, after, when"]),
        (f"at: 1 d, {STEP}", f"at: 1 d, otherwise: {{after: 3 d, do: stop}}, {STEP}",
         ["plan[pilot].otherwise: otherwise without when; it belongs to a gate"]),
        (f"at: 1 d, {STEP}", f"when: targeted > 3, otherwise: {{after: 3 d, do: halt}}, {STEP}",
         ['plan[pilot].otherwise.do: "halt" is not known here; one of stop, skip, proceed']),
        (f"at: 1 d, {STEP}", "at: 1 d, set_workspace: Onboard}",
         ["plan[pilot]: set_workspace sets neither id nor key; write id: or key:"]),
        (f"{{name: pilot, at: 1 d, {STEP}", "5",
         ["plan[0]: a number does not fit here"]),
        (f"{{name: pilot, at: 1 d, {STEP}", "{at: 2, wen: 3, when: targeted > 3, pause: Onbord}",
         ["plan[0]: at and when at once; a step has exactly one of at, after, when",
          "plan[0].at: a number is not a moment; a moment is written like 14 d, 1 d 09:00 or "
          "2026-03-20",
          "plan[0].wen: unknown key; known here: name, by, at, after, when, otherwise, pause; "
          'did you mean "when"?',
          'plan[0].pause: unknown policy "Onbord"; one of Onboard; did you mean "Onboard"?']),
    ],
)  # fmt: skip
def test_a_misshapen_step_is_told_in_words_of_the_plan(old, new, messages):
    """Verbs and timings of steps are judged before their keys."""
    assert complaints(changed((old, new))) == [f"s.yaml:15: {one}" for one in messages]


def test_a_plan_that_is_no_list_is_refused():
    """A section of another shape is one problem, and references into it are none."""
    text = changed(
        ("plan:\n", "plan: 5\nquestion:\n"),
        ("  - {name: pilot, at: 1 d, deploy: Onboard, to: [Pilot]}", "  everything?"),
    )

    assert complaints(text) == ["s.yaml:14: plan: a number where a list is expected; "
                                "write a list: [A, B]"]  # fmt: skip


def test_what_refers_to_something_unreadable_is_not_a_second_problem():
    """A policy whose package cannot be read does not refer to an unknown one."""
    assert complaints(changed(("payload: a, ", "payload: [a], "))) == [
        "s.yaml:10: packages[onboarding-a].payload: a list where text is expected"
    ]
    assert complaints(changed((", organization: contoso", ""))) == [
        "s.yaml:10: packages[onboarding-a].organization: the key is missing"
    ]
    text = changed(("packages:", "packages: 5\nexpect:"), (
        "  - {name: onboarding-a, payload: a, organization: contoso}",
        "  - payload_in_use{payload=zzz} at end == 0"))  # fmt: skip
    assert complaints(text) == [
        "s.yaml:9: packages: a number where a list is expected; write a list: [A, B]"
    ]


@pytest.mark.parametrize(
    ("override", "read", "value"),
    [
        ("policies[Onboard].workspace.key=absent", lambda s: s.policies[0].workspace.key, "absent"),
        ("policies[0].sample_sharing=none", lambda s: s.policies[0].sample_sharing, "none"),
        ("fleet.generate.devices=500", lambda s: s.fleet.generate.devices, 500),
        ("site.version=2503", lambda s: s.site.version, "2503"),
        ('site.version="2503"', lambda s: s.site.version, "2503"),
        ("rules.windows_10_minimum=1809", lambda s: s.rules.windows_10_minimum, "1809"),
        ("question=1.10", lambda s: s.question, "1.10"),
        ("plan[pilot].to=[Pilot]", lambda s: s.plan[0].to, ("Pilot",)),
        ("plan[0].at=1 d 09:00", lambda s: s.plan[0].at, OnDay(1, time(9))),
        ("policies[Onboard].workspace={id: {env: X}}",
         lambda s: s.policies[0].workspace.id, FromEnvironment(env="X")),
        ("collections[Pilot].members=os in ['server-2016']",
         lambda s: s.collections[0].members, "os in ['server-2016']"),
    ],
)  # fmt: skip
def test_an_override_replaces_or_adds_a_value(override, read, value):
    """`--set` reaches list items by name or number, and adds keys that are missing."""
    assert read(loaded(overrides=[override])) == value


def test_an_override_can_fix_what_is_wrong_in_the_file():
    """A value that is replaced is not judged."""
    text = changed(("name: Base", "name: no"), ("at: 1 d", "at: 8:00"))

    assert loaded(text, ["name=Base", "plan[pilot].at=1 d"]).name == "Base"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("nothing", "--set: override number 1 is not PATH=VALUE; write policies[NAME].key=VALUE"),
        ("a..b=1", "--set: override number 1 is not PATH=VALUE; write policies[NAME].key=VALUE"),
        ("=1", "--set: override number 1 is not PATH=VALUE; write policies[NAME].key=VALUE"),
        ("polices[Onboard].package=x", '--set: polices: no such list; did you mean "policies"?'),
        ("policies[Onbord].package=x",
         '--set: policies[Onbord]: no such item; one of Onboard; did you mean "Onboard"?'),
        ("policies[7].package=x", "--set: policies[7]: no such item; one of Onboard"),
        ("maintenance_windows[0].length=1 h", "--set: maintenance_windows: no such list"),
        ("name.x=1", "--set: name: this part has no keys below it"),
        ("name[0]=1", "--set: name: this part is not a list; write a key after a dot"),
        ("policies.Onboard=1", "--set: policies: this part has no keys below it"),
        ("site.versoin=2403",
         "--set: site.versoin: unknown key; known here: version, organization, subscription, "
         'time_zone, endpoint_protection_workload, administrators; did you mean "version"?'),
        ("fleet.generate.devices=many",
         "--set: fleet.generate.devices: text where a whole number is expected"),
        ("name=", "--set: name: nothing is written here; write a value or remove the key"),
        ("name=[", "--set: name: a value is missing; write a value"),
        ("name=no", "--set: name: the value is not what it looks like; "
         "quote it or write it plainly"),
        ("seed=99999999999999999999999",
         "--set: seed: the number is out of range; "
         "at most 9223372036854775807; quote it if it is text"),
        ("plan[pilot].deploy=Onbord",
         '--set: plan[pilot].deploy: unknown policy "Onbord"; one of Onboard; '
         'did you mean "Onboard"?'),
        ("plan[pilot].to=[[a, 4], {b: c}]",
         "--set: plan[pilot].to[0]: a list where text is expected\n"
         "--set: plan[pilot].to[1]: a table of keys where text is expected"),
    ],
)  # fmt: skip
def test_an_override_that_leads_nowhere_says_which_part(override, message):
    """A wrong `--set` names the part that is wrong, and the nearest right one."""
    assert complaints(overrides=[override]) == message.splitlines()


def test_items_without_names_are_reached_by_number():
    """A list without names has numbers only."""
    text = BASE + "expect:\n  - {expr: coverage_pct at end > 5}\n"

    assert loaded(text, ["expect[0].min_devices=3"]).expect[0].min_devices == 3
    assert complaints(text, ["expect[x].min_devices=3"]) == [
        "--set: expect[x]: no such item; a name or a number from 0"
    ]


def test_the_python_name_of_a_key_is_not_a_key():
    """`from_` is a name inside the program and unknown in a scenario."""
    text = BASE + "  - {at: 2 d, undeploy: Onboard, from_: [Pilot]}\n"

    assert "s.yaml:16: plan[1].from: the key is missing" in complaints(text)


def test_short_and_long_form_of_an_expectation_are_the_same():
    """An expectation may be its text alone."""
    short = loaded(BASE + "expect: [coverage_pct at end > 5]\n")
    long = loaded(BASE + "expect: [{expr: coverage_pct at end > 5, severity: error}]\n")

    assert short == long


def test_a_loaded_scenario_is_frozen():
    """Nothing changes a scenario once it is loaded."""
    scenario = loaded()

    with pytest.raises(ValueError, match="frozen"):
        scenario.name = "other"


def test_problems_are_raised_together_and_keep_their_shape():
    """The error carries each problem with its file, line and place apart."""
    with pytest.raises(UnusableInput) as refused:
        load_text(changed(("seed", "sed"), text=BASE + "seed: 3\n"), "dir/s.yaml")
    problem = refused.value.problems[0]

    assert (problem.file, problem.line, problem.path) == ("dir/s.yaml", 16, "sed")
    assert problem.suggestion == "seed"


def test_client_versions_are_text():
    """The version of a step is read as the text it is."""
    step = loaded(BASE + '  - {at: 2 d, set_client_version: "2403", on: Pilot}\n').plan[1]

    assert isinstance(step, SetClientVersion)
    assert step.set_client_version == "2403"


def test_an_override_of_a_list_item_may_be_a_number_where_text_is_wanted():
    """The shell has eaten the quotation marks: a number becomes the text it was."""
    overrides = ["packages[0].payload=2403", "plan[pilot]={at: 1 d, set_site_version: 2503}"]

    assert loaded(overrides=overrides).packages[0].payload == "2403"
    assert loaded(overrides=overrides).plan[0].set_site_version == "2503"


def test_the_models_take_dates_of_python_too():
    """Programs may build a scenario from dates; files hold text."""
    written = loaded().model_dump(by_alias=True)
    step = {**written["plan"][0], "at": date(2026, 3, 20)}
    other = {**step, "name": "b", "at": datetime(2026, 3, 20, 9)}
    package = {**written["packages"][0], "downloaded": date(2026, 2, 20)}
    built = {**written, "plan": (step, other), "packages": (package,)}

    for start in (datetime(2026, 3, 2), date(2026, 3, 2)):
        scenario = Scenario.model_validate({**built, "start": start})
        assert scenario.start == datetime(2026, 3, 2)
        assert [one.at for one in scenario.plan] == [
            OnDate(date(2026, 3, 20)),
            OnDate(date(2026, 3, 20), time(9)),
        ]


def test_whom_devices_should_be_onboarded_to():
    """The site's organization, else that of the first onboarding package."""
    named = loaded(BASE + "site: {organization: fabrikam}\n")

    assert (loaded().organization, loaded().first_payload) == ("contoso", "a")
    assert named.organization == "fabrikam"
