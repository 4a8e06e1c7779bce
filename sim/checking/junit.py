"""The results of a check as a JUnit file: a suite for each scenario, a case for each expectation.

An inconclusive expectation is an `<error>`, like a scenario that cannot be used or compared. The
reporters of GitHub, Azure and Jenkins count an error as not passed, and it stays apart from a
failure. A warning, or an expectation that only reports, is a passed case with a text in
`<system-out>`. A scenario that was not run is a skipped case that says why.

The schema requires no time, host or date, so the file has none: the same check gives the same
bytes. Names contain no control characters, so the text has nothing that XML 1.0 forbids.
"""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, iterparse, tostring

from sim.checking.results import BaselineResult, CheckResult
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text import expectations as words
from sim.text.numbers import plural

_BASELINE_TAGS = {"regression": "failure", "inconclusive": "error", "missing": "error"}


def junit_text(results: Sequence[CheckResult], version: str) -> str:
    """Return the file's text; *version* is that of fleetsim."""
    root = Element("testsuites", name="fleetsim check")
    root.extend([_suite(result, version) for result in results])
    _set_counts(root, ("tests", "failures", "errors"))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written.decode("utf-8") + "\n"


def is_junit(content: bytes) -> bool:
    """Return whether a file begins like a JUnit file, whatever program wrote it."""
    try:
        _, root = next(iterparse(BytesIO(content), ("start",)))
    except (ParseError, ValueError, LookupError, StopIteration):
        return False
    return root.tag in ("testsuites", "testsuite")


def _suite(result: CheckResult, version: str) -> Element:
    suite = Element("testsuite", name=one_line(result.name))
    _add_properties(suite, result, version)
    if result.problems:
        text = "\n".join(one_line(str(problem)) for problem in result.problems)
        message = plural(len(result.problems), "problem")
        _add(_case(suite, result, "scenario"), "error", "unusable", message, text)
    used: Counter[str] = Counter()
    for expectation in result.expectations:
        name = words.expression(expectation)
        used[name] += 1
        name = name if used[name] == 1 else f"{name} ({used[name]})"
        _add_expectation(_case(suite, result, name), result, expectation)
    if result.baseline is not None:
        _add_baseline(_case(suite, result, "baseline"), result, result.baseline)
    if suite.find("testcase") is None:
        why = one_line(" ".join(result.notes)) or "no expectations"
        SubElement(_case(suite, result, "scenario"), "skipped", message=why)
    _set_counts(suite, ("tests", "failures", "errors", "skipped"))
    return suite


def _add_properties(suite: Element, result: CheckResult, version: str) -> None:
    values: dict[str, object] = {"version": version}
    if result.seed is not None:
        values = {"seed": result.seed, "replications": result.replications, **values}
    if result.log_digest:
        values["events"] = result.log_digest
    properties = SubElement(suite, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=one_line(str(value)))


def _case(suite: Element, result: CheckResult, name: str) -> Element:
    stem = one_line(PurePosixPath(result.file).stem)
    return SubElement(suite, "testcase", classname=stem, name=name)


def _add(case: Element, tag: str, kind: str, message: str, text: str) -> None:
    SubElement(case, tag, type=kind, message=message).text = text


def _add_expectation(case: Element, result: CheckResult, expectation: ExpectationResult) -> None:
    if expectation.outcome == "passed":
        return
    if expectation.outcome == "warned" or expectation.report_only:
        SubElement(case, "system-out").text = words.expectation_sentence(expectation)
        return
    tag = "error" if expectation.outcome == "inconclusive" else "failure"
    details = {
        "expected": words.expression(expectation),
        "observed": words.observed_words(expectation),
        "margin": words.margin_words(expectation),
        "interval": words.interval_words(expectation),
        "replications": words.worst_words(expectation),
        "why": words.why_words(expectation),
        "replay": one_line(result.replay(expectation)),
    }
    text = "\n".join(f"{name}: {text}" for name, text in details.items() if text)
    _add(case, tag, expectation.outcome, words.finding(expectation), text)


def _add_baseline(case: Element, result: CheckResult, baseline: BaselineResult) -> None:
    if baseline.outcome == "passed":
        SubElement(case, "system-out").text = one_line(baseline.scope)
        return
    lines = [f"covers: {baseline.scope}", *baseline.differences, f"replay: {result.replay()}"]
    message = one_line(baseline.differences[0] if baseline.differences else baseline.scope)
    text = "\n".join(one_line(line) for line in lines)
    _add(case, _BASELINE_TAGS[baseline.outcome], baseline.word, message, text)


def _set_counts(element: Element, names: Sequence[str]) -> None:
    """Set how many cases there are below, and how many of each outcome."""
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name in names:
        element.set(name, str(sum(1 for _ in element.iter(tags[name]))))
