"""Several replications: the same whatever the number of processes, nothing lost on the way."""

import errno
import pickle

import pytest

from sim.errors import Problem, ReplicationError, UnusableInput
from sim.language.expressions import parse_number
from sim.runs import processes as of_processes
from sim.runs.experiment import replicate
from sim.runs.preparation import prepare
from sim.runs.processes import cores, map_in_order, processes
from sim.runs.replication import run_prepared
from sim.scenario.loader import load_text
from sim.scenario.model import names_of

SCENARIO = """\
format: 1
name: Small rollout
start: 2026-03-02 08:00
horizon: 20 d
seed: 7
replications: 5
fleet: {generate: {devices: 40, joins_per_week: 3, retires_per_week: 3}}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: {env: WS}, key: present}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: [All]}
  - {at: 6 d, patch: {agent_version: "9"}, on: [All], within: 2 d}
expect:
  - coverage_pct at end >= 50
  - probability (coverage_pct at end >= 1) >= 0.5
"""
GUID = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(scope="module")
def loaded():
    return load_text(SCENARIO)


@pytest.fixture(scope="module")
def prepared(loaded):
    return prepare(loaded, {"WS": GUID})


@pytest.fixture(scope="module")
def alone(prepared):
    return [run_prepared(prepared, number) for number in range(1, 6)]


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_each_replication_is_the_one_that_runs_alone_on_any_number_of_processes(
    prepared, alone, jobs
):
    experiment = replicate(prepared, jobs)

    assert [one.number for one in experiment.results] == [1, 2, 3, 4, 5]
    assert [one.events for one in experiment.results] == [run.log.digest for run in alone]
    assert [one.summary for one in experiment.results] == [run.summary for run in alone]
    assert [one.observations for one in experiment.results] == [run.observations for run in alone]


def test_replications_differ_from_each_other_in_luck_alone(alone):
    assert len({run.log.digest for run in alone}) == 5
    assert len({run.prepared.fleet.names for run in alone}) == 1


def test_the_number_of_replications_changes_none_of_them(alone):
    more = load_text(SCENARIO.replace("replications: 5", "replications: 2"))

    experiment = replicate(prepare(more, {"WS": GUID}))

    assert [one.events for one in experiment.results] == [run.log.digest for run in alone[:2]]


def test_what_is_prepared_survives_the_way_to_another_process_without_a_foreign_variable(loaded):
    prepared = prepare(loaded, {"WS": GUID, "ELSE": "5ec2e7"})

    sent = pickle.dumps(prepared)

    assert b"5ec2e7" not in sent
    again = run_prepared(pickle.loads(sent), 2)
    assert again.log.digest == run_prepared(prepared, 2).log.digest


def test_numbers_that_are_asked_for_are_read_in_each(loaded, prepared, alone):
    text = "device.onboarded at end"
    term = parse_number(text, names_of(loaded.scenario), each=True)

    experiment = replicate(prepared, 2, terms=[term])

    found = [one.term_observations[0].values[term].low for one in experiment.results]
    assert found == [run.summary["onboarded"] for run in alone]


def test_progress_is_told_for_each_that_is_done(prepared):
    done = []

    replicate(prepared, 2, tell=done.append)

    assert done == [1, 2, 3, 4]


def test_logs_are_kept_where_they_are_asked_for(prepared, alone):
    kept = replicate(prepared, 2, keep_logs=True)
    left = replicate(prepared, 2)

    again = list(kept.replications())
    assert [run.log.digest for run in again] == [run.log.digest for run in alone]
    assert [run.summary for run in again] == [run.summary for run in alone]
    assert all(
        run.measures.equals(of_one.measures) for run, of_one in zip(again, alone, strict=True)
    )
    assert again[3].log.tables is kept.first.log.tables
    assert left.logs is None


@pytest.mark.parametrize("memory", [1, 10**9])
def test_logs_come_back_from_memory_and_from_a_file(memory, prepared, alone, monkeypatch):
    monkeypatch.setattr("sim.runs.experiment._MEMORY", memory)
    kept = replicate(prepared, keep_logs=True)
    digests = [run.log.digest for run in alone]

    assert [run.log.digest for run in kept.replications()] == digests
    assert [run.log.digest for run in kept.replications()] == digests


def test_logs_that_find_no_room_are_refused_in_a_sentence(prepared, monkeypatch):
    class Full:
        """A file on a full disk."""

        def __init__(self, *_):
            pass

        def seek(self, *_):
            raise OSError(errno.ENOSPC, "anything")

        def close(self):
            pass

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", Full)
    with pytest.raises(UnusableInput, match="cannot be kept: No space left on device; a folder"):
        replicate(prepared, keep_logs=True)


def _refused(run, number):
    if number == 4:
        raise UnusableInput([Problem("the disk is full", file="r")])


def _ended(run, number):
    if number == 3:
        import os

        os._exit(9)


def test_what_a_process_refuses_reaches_whoever_asked(prepared):
    with pytest.raises(UnusableInput) as refused:
        replicate(prepared, 2, keep=_refused)

    assert refused.value.problems == (Problem("the disk is full", file="r"),)


def test_a_process_that_is_ended_from_outside_is_told_in_a_sentence(prepared):
    with pytest.raises(ReplicationError, match="fewer jobs need less"):
        replicate(prepared, 2, keep=_ended)


def test_a_failure_here_ends_the_processes_at_once(prepared):
    import multiprocessing

    before = set(multiprocessing.active_children())

    class Stop(Exception):
        pass

    def stop(done):
        raise Stop

    with pytest.raises(Stop):
        replicate(prepared, 2, tell=stop)
    for child in set(multiprocessing.active_children()) - before:
        child.join(10)
        assert not child.is_alive()


def _threads():
    import os

    return [os.environ.get(name) for name in of_processes._THREADS]


def test_processes_work_on_one_thread_each_and_ours_keeps_its_own(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = _threads()

    with processes(1) as executor:
        assert list(map_in_order([executor.submit(_threads)])) == [["1", "1", "1"]]

    assert _threads() == before


def test_there_is_a_core():
    assert cores() >= 1


def test_what_other_replications_have_worked_out_changes_nothing(loaded, alone):
    """Measures have a row for what this run met, not for what another one of the fleet met."""
    for number in (3, 5):
        fresh = run_prepared(prepare(loaded, {"WS": GUID}), number)
        assert alone[number - 1].measures.equals(fresh.measures)
        assert alone[number - 1].summary == fresh.summary
