"""Workspace values are never repeated, wherever a person in a hurry has pasted them (POL-3)."""

import traceback

import pytest

from sim.errors import UnusableInput
from sim.scenario.loader import load_text
from tests.scenario.texts import BASE, changed, complaints, loaded

SECRET = "4f1e7c0a-SECRET-9b"
NEVER = (
    "not an accepted word; write present, absent, wrong or {env: NAME}; "
    "the value itself never belongs in a scenario"
)
PACKAGE = "    package: onboarding-a"
STEP = "  - {name: pilot"


def policy(line):
    return changed((PACKAGE, f"{PACKAGE}\n    {line}"))


def step(keys):
    return changed((STEP, f"  - {{at: 1 d, set_workspace: Onboard, {keys}}}\n{STEP}"))


PLACES = [
    policy(f"workspace: {{id: {SECRET}}}"),
    policy(f"workspace: {{key: {SECRET}, id: present}}"),
    policy(f"workspace: {{key: [{SECRET}]}}"),
    policy(f"workspace: {{key: {{env: {SECRET}}}}}"),
    policy(f"workspace: {{key: {{env: {SECRET}, {SECRET}: 1}}}}"),
    policy(f"workspace: {{key: {{{SECRET}: X}}}}"),
    policy(f"workspace: {{{SECRET}: present}}"),
    policy(f"workspace: {{{SECRET}: present, {SECRET}: present}}"),
    policy(f"workspace: {SECRET}"),
    policy(f"workspace: [{SECRET}]"),
    policy(f"workspace: {{key: present {SECRET}"),
    policy(f"workspace: {{key: *{SECRET}}}"),
    policy(f"workspace: {{key: !{SECRET} present}}"),
    policy(f"workspace: {{key: &{SECRET}}}"),
    policy(f"workspace: {{key: '{SECRET}"),
    policy(f"workspace:\n      key: {SECRET}: x"),
    policy(f"workspace:\n      {SECRET}\n"),
    policy(f"workspace_key: {SECRET}"),
    policy(f"worksapce: {{key: {SECRET}}}"),
    policy(f"key: {SECRET}"),
    step(f"id: {SECRET}"),
    step(f"key: {SECRET}"),
    step(f"key: {{env: {SECRET}}}"),
    step(f"key: present, {SECRET}: 1"),
    step(f"kee: {SECRET}"),
    step(f"key: present, to: {SECRET}"),
]


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize("text", PLACES)
def test_no_message_repeats_a_secret(text):
    """A literal workspace value is refused without being repeated, not even in a traceback."""
    with pytest.raises(UnusableInput) as refused:
        load_text(text)

    assert "SECRET" not in "".join(traceback.format_exception(refused.value))
    assert "SECRET" not in repr(refused.value.problems)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize(
    "override",
    [
        f"policies[Onboard].workspace.key={SECRET}",
        f"policies[Onboard].workspace.{SECRET}=present",
        f"policies[Onboard].workspace.key.{SECRET}=present",
        f"policies[Onboard].workspace[{SECRET}]=present",
        f"policies[Onboard].workspace={SECRET}",
        f"policies[Onboard].workspace={{key: {SECRET}}}",
        f"policies[Onboard].workspace={{{SECRET}: present}}",
        f"policies[Onboard].workspace={{key: {SECRET}",
        f"policies[Onboard].workspace.key='{SECRET}",
        f"policies[Onbord].workspace.key={SECRET}",
        f"policies[Onboard].workspace.key {SECRET}",
        f"policies[Onboard].workspace.key:{SECRET}",
        f"policies[Onboard].workspace_key={SECRET}",
        f"{SECRET}",
    ],
)
def test_no_message_repeats_a_secret_of_the_command_line(override):
    """A workspace value given with --set is refused without being repeated."""
    with pytest.raises(UnusableInput) as refused:
        load_text(BASE, "s.yaml", None, [override])

    assert "SECRET" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize("value", ["no", "010", "8:00", "0123456789", "12.50", "1e3"])
def test_a_secret_that_looks_like_a_number_is_not_repeated_either(value):
    """What YAML could misread is not echoed where a secret may stand."""
    assert complaints(policy(f"workspace: {{id: {value}}}")) == [
        f"s.yaml:14: policies[Onboard].workspace.id: {NEVER}"
    ]


@pytest.mark.rule("POL-3")
def test_the_refusal_says_what_to_write_instead():
    """A literal value is answered with the words that are accepted."""
    whole = "write {id: ..., key: ...} with present, absent, wrong or {env: NAME}; or swapped"

    assert complaints(policy(f"workspace: {{id: {SECRET}}}")) == [
        f"s.yaml:14: policies[Onboard].workspace.id: {NEVER}"
    ]
    assert complaints(policy(f"workspace: {SECRET}")) == [
        f"s.yaml:14: policies[Onboard].workspace: not an accepted word; {whole}"
    ]
    assert complaints(policy(f"workspace: {{{SECRET}: present}}")) == [
        "s.yaml:14: policies[Onboard].workspace: unknown key; known here: id, key"
    ]
    assert complaints(step(f"key: {SECRET}")) == [f"s.yaml:15: plan[0].key: {NEVER}"]


@pytest.mark.rule("POL-3")
@pytest.mark.parametrize("word", ["present", "absent", "wrong", "{env: WORKSPACE_KEY}"])
def test_the_accepted_words_are_accepted(word):
    """A scenario says present, absent or wrong, or names an environment variable."""
    assert loaded(policy(f"workspace: {{id: {word}, key: {word}}}"))
    assert loaded(step(f"id: {word}, key: {word}"))


@pytest.mark.rule("POL-3")
def test_an_environment_variable_has_the_name_of_one():
    """What cannot be the name of a variable could be a secret, and is not repeated."""
    text = policy("workspace: {key: {env: '" + "A" * 65 + "'}}")

    assert complaints(text) == [f"s.yaml:14: policies[Onboard].workspace.key.env: {NEVER}"]
