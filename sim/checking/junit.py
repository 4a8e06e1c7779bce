"""What a check found, as a JUnit file: a suite a scenario, a case an expectation.

What is inconclusive is an `<error>` of that type, and so is what could not be used or compared:
GitHub's reporters, Azure and Jenkins all count an error as not passed, and it stays apart from
what failed. A warning, or what only reports, is a passed case that says so in `<system-out>`; where
a scenario was not run, a skipped case says why.

The schema demands no time, no host and no date, so there are none: the same check gives the same
bytes. Names come without control characters, so nothing is left that XML 1.0 forbids.
"""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, iterparse, tostring

from sim.checking.results import BaselineResult, CheckResult
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text.expectations import (
    expectation_sentence,
    expression,
    finding,
    interval_words,
    margin_words,
    observed_words,
    why_words,
    worst_words,
)
from sim.text.numbers import plural

_OF_BASELINES = {
    "regression": ("failure", "regression"),
    "inconclusive": ("error", "inconclusive"),
    "missing": ("error", "no baseline"),
}


def junit_text(checked: Sequence[CheckResult], version: str) -> str:
    """Return the file's text; *version* is that of fleetsim."""
    root = Element("testsuites", name="fleetsim check")
    root.extend([_suite(one, version) for one in checked])
    _count(root, ("tests", "failures", "errors"))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written.decode("utf-8") + "\n"


def is_junit(content: bytes) -> bool:
    """Say whether a file begins as one of JUnit does, whoever wrote it and however it ends."""
    try:
        _, root = next(iterparse(BytesIO(content), ("start",)))
    except (ParseError, ValueError, LookupError, StopIteration):
        return False
    return root.tag in ("testsuites", "testsuite")


def _suite(one: CheckResult, version: str) -> Element:
    suite = Element("testsuite", name=one_line(one.name))
    told: dict[str, object] = {"version": version}
    if one.seed is not None:
        told = {"seed": one.seed, "replications": one.replications, **told}
    properties = SubElement(suite, "properties")
    for name, value in (told | ({"events": one.events} if one.events else {})).items():
        SubElement(properties, "property", name=name, value=one_line(str(value)))
    if one.problems:
        text = "\n".join(one_line(str(problem)) for problem in one.problems)
        case = _case(suite, one, "scenario")
        _say(case, "error", "unusable", plural(len(one.problems), "problem"), text)
    used: Counter[str] = Counter()
    for judged in one.judged:
        name = expression(judged)
        used[name] += 1
        name = name if used[name] == 1 else f"{name} ({used[name]})"
        _expectation(_case(suite, one, name), one, judged)
    if one.baseline is not None:
        _baseline(_case(suite, one, "baseline"), one, one.baseline)
    if suite.find("testcase") is None:
        why = one_line(" ".join(one.notes)) or "nothing is expected"
        SubElement(_case(suite, one, "scenario"), "skipped", message=why)
    _count(suite, ("tests", "failures", "errors", "skipped"))
    return suite


def _case(suite: Element, one: CheckResult, name: str) -> Element:
    stem = one_line(PurePosixPath(one.file).stem)
    return SubElement(suite, "testcase", classname=stem, name=name)


def _expectation(case: Element, one: CheckResult, judged: ExpectationResult) -> None:
    if judged.outcome == "passed":
        return
    if judged.outcome == "warned" or judged.report_only:
        SubElement(case, "system-out").text = expectation_sentence(judged)
        return
    kind = "error" if judged.outcome == "inconclusive" else "failure"
    _say(case, kind, judged.outcome, finding(judged), _details(one, judged))


def _say(case: Element, tag: str, kind: str, message: str, text: str) -> None:
    SubElement(case, tag, type=kind, message=message).text = text


def _details(one: CheckResult, judged: ExpectationResult) -> str:
    """Return a line for each thing that is known, the replay last."""
    parts = {
        "expected": expression(judged),
        "observed": observed_words(judged),
        "margin": margin_words(judged),
        "interval": interval_words(judged),
        "replications": worst_words(judged),
        "why": why_words(judged),
        "replay": one_line(one.replay(judged)),
    }
    return "\n".join(f"{name}: {text}" for name, text in parts.items() if text)


def _baseline(case: Element, one: CheckResult, against: BaselineResult) -> None:
    if against.outcome == "passed":
        SubElement(case, "system-out").text = one_line(against.covers)
        return
    tag, kind = _OF_BASELINES[against.outcome]
    lines = [f"covers: {against.covers}", *against.told, f"replay: {one.replay()}"]
    message = against.told[0] if against.told else against.covers
    _say(case, tag, kind, one_line(message), "\n".join(one_line(line) for line in lines))


def _count(element: Element, names: Sequence[str]) -> None:
    """Set how many cases there are below, and how many of them are not simply passed."""
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name in names:
        element.set(name, str(sum(1 for _ in element.iter(tags[name]))))
