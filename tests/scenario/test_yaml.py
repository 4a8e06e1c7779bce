"""Strict YAML: what a file may contain, and the problems with everything else."""

import pytest

from sim.errors import UnusableInput
from sim.files import MAX_BYTES
from sim.scenario.loader import load_scenario
from sim.scenario.yaml_text import MAX_NODES, read_yaml
from tests.scenario.texts import BASE, changed, complaints, loaded

NO_YAML = "the text is not valid YAML; check colons, quotation marks and indentation"


def said(tmp_path, content):
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    with pytest.raises(UnusableInput) as refused:
        load_scenario(path)
    return str(refused.value).replace(f"{path}", "s.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "s.yaml: the file is empty"),
        (b" \n\n", "s.yaml: the file is empty"),
        (b"# nothing\n", "s.yaml:1: the file is empty; a scenario begins with format: 1"),
        (b"a\0b", "s.yaml: the file is binary, not text; save it as text in UTF-8"),
        ("name: x".encode("utf-16"), "s.yaml: the file is UTF-16; save it as UTF-8"),
        (b"a: 1\nb: \xe9\n", "s.yaml: line 2 is not UTF-8; save the file as UTF-8"),
        (b"x" * (MAX_BYTES + 1),
         "s.yaml: the file is too large; at most 2 MB; a fleet belongs in a CSV or Parquet file"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_text_is_refused(tmp_path, content, message):
    """A file that is empty, binary, too large or in another encoding is named as such."""
    assert said(tmp_path, content) == message


def test_a_missing_file_and_a_directory_are_named(tmp_path):
    """A missing file or a directory is reported in plain words."""
    for path, message in [
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "this is a directory; name a scenario file"),
        (tmp_path / ("x" * 300), "the file cannot be read; check its name and permissions"),
    ]:
        with pytest.raises(UnusableInput) as refused:
            load_scenario(path)
        assert str(refused.value) == f"{path}: {message}"


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.replace("\n", "\r\n").encode(),
])  # fmt: skip
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path, encode):
    """UTF-8 with a mark and lines that end as on Windows read the same."""
    path = tmp_path / "s.yaml"
    path.write_bytes(encode(BASE))

    assert load_scenario(path).scenario == loaded()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\t- b", "s.yaml:2: a tab is used where only spaces are allowed; indent with spaces"),
        ("a: SECRET: c", "s.yaml:1: a colon is in a place where no key can begin; "
         "quote text that contains ': ', and begin each key on its own line"),
        ("a: 'SECRET", "s.yaml:1: a quotation mark is not closed; close it"),
        ("a: {SECRET", "s.yaml:1: a table in braces is not closed, or a comma is missing; "
         "write {KEY: VALUE, KEY: VALUE}; text with braces of its own, such as an expression,"
         " in quotes"),
        ("a: [SECRET", "s.yaml:1: a list in brackets is not closed, or a comma is missing; "
         "write [A, B]"),
        ("a: 1\n b: 2", "s.yaml:2: a colon is in a place where no key can begin; "
         "quote text that contains ': ', and begin each key on its own line"),
        ("a:\n  b: 1\n c: 2", "s.yaml:3: the indentation does not fit the lines above; "
         "keys of one table begin in the same column"),
        ("a: 1\nSECRET\n", "s.yaml:2: a key without a colon; write KEY: VALUE"),
        ("a: @SECRET", "s.yaml:1: a character that cannot begin a value; quote the value"),
        ('a: "\\SECRET"', "s.yaml:1: an unknown escape with a backslash; "
         "use single quotes, or double the backslash"),
        ('a: "\\UFFFFFFFF"', f"s.yaml:1: {NO_YAML}"),
        ("a: \x01", "s.yaml:1: a character that text cannot hold; remove it"),
        ("a: 1\n--- \nb: 1",
         "s.yaml:2: a second document begins here; one file holds one scenario"),
        ("%YAML 1.1\n---\na: 1", "s.yaml:2: YAML directives are not used in scenarios; remove it"),
        ("- a\n- b", "s.yaml:1: the file is not a table of keys; a scenario begins with format: 1"),
        ("SECRET", "s.yaml:1: the file is not a table of keys; a scenario begins with format: 1"),
        ("? [a, b]\n: 1", "s.yaml:1: a key is not a word; write KEY: VALUE"),
        ("a: *SECRET", "s.yaml:1: an alias refers to nothing before it; write the value out"),
        ("a: &x [*x]", "s.yaml:1: an alias refers to itself; write the value out"),
        ("[" * 500, "s.yaml:1: nested too deeply; at most 30 levels"),
        ("a: [" * 500, "s.yaml:1: nested too deeply; at most 30 levels"),
    ],
)  # fmt: skip
def test_broken_yaml_is_one_problem_in_plain_words_without_the_source(text, message):
    """A syntax error names its line and what is wrong, and repeats nothing of the text."""
    assert complaints(text) == [message]


def test_aliases_that_grow_without_end_are_refused():
    """A few lines of aliases of aliases do not fill the memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert complaints("\n".join(lines)) == [
        f"s.yaml:5: the file contains too much; at most {MAX_NODES} values, aliases written out"
    ]


def test_aliases_do_not_hide_depth():
    """A chain of aliases counts as deep as the text written out."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]

    assert complaints("\n".join(lines)) == ["s.yaml:30: nested too deeply; at most 30 levels"]


def test_an_alias_means_what_it_stands_for():
    """Anchors and aliases may be used where they are harmless."""
    text = changed(("name: Base", "name: &it Base"), ("fleet:", "question: *it\nfleet:"))

    assert loaded(text).question == "Base"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: Base", "name: Base\nname: Other",
         "s.yaml:3: name: the key is written twice (lines 2 and 3); keep one"),
        ("name: Base", "name: !!python/object:os.system Base",
         "s.yaml:2: name: YAML tags are not used in scenarios; remove it"),
        ("name: Base", "!!str name: Base",
         "s.yaml:2: YAML tags are not used in scenarios; remove it"),
        ("name: Base", "name: Base\n<<: {seed: 3}",
         "s.yaml:3: merge keys (<<) are not used; write the keys out"),
        ("name: Base", 'name: "B\\u0007"',
         "s.yaml:2: name: a character that text cannot hold; remove it"),
        ("name: Base", "name:", "s.yaml:2: name: nothing is written here; "
         "write a value or remove the key"),
    ],
)  # fmt: skip
def test_what_yaml_offers_and_a_scenario_does_not_is_refused(old, new, message):
    """Repeated keys, tags, merge keys and empty values are problems with their line."""
    assert complaints(changed((old, new))) == [message]


@pytest.mark.parametrize("word", ["no", "yes", "on", "Off", "NO"])
def test_a_word_that_some_read_as_true_or_false_must_be_quoted(word):
    """`no` and its like are errors unquoted, and fine in quotation marks."""
    assert complaints(changed(("name: Base", f"name: {word}"))) == [
        f"s.yaml:2: name: unquoted {word} is read as text by some programs and as true or false "
        f'by others; write true or false, or quote it: "{word}"'
    ]
    assert loaded(changed(("name: Base", f'name: "{word}"'))).name == word


@pytest.mark.parametrize(
    ("scalar", "why"),
    [
        ("8:00", "is read as a number by some programs"),
        ("12:30:00", "is read as a number by some programs"),
        ("010", "is not the number it looks like"),
        ("08", "is not the number it looks like"),
        ("0x1F", "is not the number it looks like"),
        ("0o17", "is not the number it looks like"),
        ("1_000", "is not the number it looks like"),
        (".inf", "is not the number it looks like"),
        ("12345678901234567890", "is not the number it looks like"),
        ("1.10", "is read as the number 1.1"),
        ("1e3", "is read as the number 1000.0"),
        (".5", "is read as the number 0.5"),
    ],
)
def test_a_number_that_is_not_what_it_looks_like_must_be_quoted(scalar, why):
    """What YAML reads differently from how it looks is an error with a hint, in every place."""
    message = f'unquoted {scalar} {why}; quote it: "{scalar}"'

    assert complaints(changed(("name: Base", f"name: {scalar}"))) == [f"s.yaml:2: name: {message}"]
    assert complaints(changed(("to: [Pilot]", f"to: [{scalar}]"))) == [
        f"s.yaml:15: plan[pilot].to[0]: {message}"
    ]
    assert loaded(changed(("name: Base", f"name: '{scalar}'"))).name == scalar


@pytest.mark.parametrize("scalar", ["-1.5", "0.5", "+3", "7", "null", "~", "2026-03-02", "5 %"])
def test_ordinary_scalars_are_no_traps(scalar):
    """Plain numbers, dates and shares are read without complaint."""
    root, flaws = read_yaml(f"a: {scalar}")

    assert root is not None
    assert flaws == ()


def test_a_number_with_a_final_zero_is_fine_where_a_number_is_wanted():
    """`10.50` is no trap among assumptions: there it is judged as the number it is."""
    text = BASE + "assumptions: {content_slots: 1.10}\n"

    assert complaints(text) == [
        "s.yaml:16: assumptions.content_slots: not a value of this assumption; "
        "write a whole number (count), zero or more"
    ]


def test_a_broken_file_is_judged_as_a_whole():
    """Problems of YAML, of the models and between parts are reported together, in order."""
    text = changed(
        ("name: Base", "name: 1.10"),
        ("devices: 20", "devices: many"),
        ("deploy: Onboard", "deploy: Onbord"),
        ("package: onboarding-a", "packag: onboarding-a"),
    )

    assert complaints(text) == [
        's.yaml:2: name: unquoted 1.10 is read as the number 1.1; quote it: "1.10"',
        "s.yaml:6: fleet.generate.devices: text where a whole number is expected",
        "s.yaml:12: policies[Onboard].package: the key is missing",
        "s.yaml:13: policies[Onboard].packag: unknown key; known here: name, description, kind, "
        'package, workspace, sample_sharing; did you mean "package"?',
        's.yaml:15: plan[pilot].deploy: unknown policy "Onbord"; one of Onboard; '
        'did you mean "Onboard"?',
    ]


def test_a_lone_letter_is_a_name_like_any_other():
    """Only one old program reads y and n as true and false; a collection may be called N."""
    root, flaws = read_yaml("a: n\nb: Y\nc: [y, N]")
    assert root is not None
    assert flaws == ()
