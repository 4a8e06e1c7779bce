"""The log: its order, its words, and a digest of what it says."""

import pytest

from sim.eventlog import COLUMNS, EventLog, LogTables, LogWriter, NameTable

CELLS = {
    "cause": "clock_skew",
    "rule": "FLT-5",
    "policy": "P",
    "payload": "a",
    "collection": "All",
    "step": "go",
}


def tables(rules=("FLT-5", "MMA-2"), **names):
    given = {"policies": ("P", "Q"), "payloads": ("a", "b"), "collections": ("All", "Some")}
    given |= {"steps": ("go", "on"), **names}
    return LogTables(
        ("pc-1", "pc-2"),
        NameTable(rules),
        **{key: NameTable(value) for key, value in given.items()},
    )


def log(rows=None, of=None, horizon=100) -> EventLog:
    writer = LogWriter(of or tables(), horizon)
    for time, device, event, words in rows or ROWS:
        writer.record(time, device, event, **words)
    return writer.finish()


ROWS = [(5, 0, "policy_failed", CELLS), (7, 1, "reported", {})]


def test_rows_are_ordered_by_time_then_device_with_the_plan_first_then_sequence():
    rows = [
        (9, 0, "targeted", {}),
        (3, 1, "joined", {}),
        (3, 1, "retired", {}),
        (3, 0, "reported", {}),
        (3, -1, "step_done", {}),
    ]
    found = log(rows)
    words, codes = found.words_and_codes("event")

    assert found.columns["time"].tolist() == [3, 3, 3, 3, 9]
    assert found.columns["device"].tolist() == [-1, 0, 1, 1, 0]
    assert [words[code] for code in codes] == [
        "step_done",
        "reported",
        "joined",
        "retired",
        "targeted",
    ]


@pytest.mark.parametrize(("time", "rows"), [(99, 1), (100, 0), (101, 0)])
def test_the_last_second_is_the_one_before_the_horizon(time, rows):
    assert len(log([(time, 0, "reported", {})])) == rows


def test_the_digest_is_of_what_the_rows_say_not_of_how_words_are_coded():
    other = tables(("MMA-2", "UPL-1", "FLT-5"), policies=("X", "P"), payloads=("z", "a"))

    assert log().digest == log(of=other).digest
    assert log().digest == log(rows=ROWS[::-1]).digest


@pytest.mark.parametrize("column", COLUMNS)
def test_the_digest_changes_with_any_cell(column):
    others = {
        "time": (6, 0, "policy_failed", CELLS),
        "device": (5, 1, "policy_failed", CELLS),
        "event": (5, 0, "install_failed", CELLS),
        "cause": (5, 0, "policy_failed", {**CELLS, "cause": "network_blocked"}),
        "rule": (5, 0, "policy_failed", {**CELLS, "rule": "MMA-2"}),
        "policy": (5, 0, "policy_failed", {**CELLS, "policy": "Q"}),
        "payload": (5, 0, "policy_failed", {**CELLS, "payload": "b"}),
        "collection": (5, 0, "policy_failed", {**CELLS, "collection": "Some"}),
        "step": (5, 0, "policy_failed", {**CELLS, "step": "on"}),
    }

    assert log([others[column], ROWS[1]]).digest != log().digest
    assert log([ROWS[0], (7, 1, "reported", {"policy": "P"})]).digest != log().digest


def test_the_digest_tells_a_device_of_the_plan_from_one_without_words():
    assert log([(1, -1, "step_done", {})]).digest != log([(1, 0, "step_done", {})]).digest


def test_a_word_that_is_split_differently_gives_another_digest():
    """Names are distinguished: two policies called `a b` and `c` are not `a` and `b c`."""
    one = tables(policies=("ab", "c"))
    other = tables(policies=("a", "bc"))
    rows = [(1, 0, "targeted", {"policy": "ab"}), (2, 0, "targeted", {"policy": "c"})]
    split = [(1, 0, "targeted", {"policy": "a"}), (2, 0, "targeted", {"policy": "bc"})]

    assert log(rows, one).digest != log(split, other).digest


def test_a_log_of_nothing_has_words_and_a_digest():
    empty = LogWriter(tables(), 100).finish()

    assert len(empty) == 0
    assert empty.words_and_codes("event")[0] == []
    assert empty.digest == LogWriter(tables(), 50).finish().digest
