"""Several replications in Python: frames about all, expectations over all, the same folder."""

import pandas as pd
import pytest

import sim
from sim.runs import replication
from tests.cli.commands import contents

TEXT = """\
format: 1
name: Small rollout
start: 2026-03-02 08:00
horizon: 20 d
seed: 7
replications: 4
fleet: {generate: {devices: 60}}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: [All]}
expect:
  - coverage_pct at end >= 50
"""


@pytest.fixture(scope="module")
def result():
    return sim.run(sim.load(TEXT))


def test_each_replication_has_a_row_and_is_the_one_that_runs_alone(result):
    table = result.replications

    assert list(table["replication"]) == [1, 2, 3, 4]
    assert table["digest"].nunique() == 4
    for number in (1, 3):
        alone = sim.run(sim.load(TEXT), replication=number)
        row = table.set_index("replication").loc[number]
        assert row["coverage_pct"] == alone.summary["coverage_pct"]
        assert row["digest"] == alone.first.log.digest


def test_the_summary_is_made_of_the_rows(result):
    told = result.summary["coverage_pct"]
    column = result.replications["coverage_pct"]

    assert result.summary["replications"] == 4
    assert told["mean"] == pytest.approx(column.mean(), abs=1e-6)
    for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        assert told[name] == pytest.approx(column.quantile(share), abs=1e-6)


def test_the_bands_at_the_end_are_those_of_the_summary(result):
    bands = result.bands
    chosen = bands[(bands["measure"] == "coverage_pct") & (bands["view"] == "device")]

    last = chosen.iloc[-1]
    told = result.summary["coverage_pct"]
    assert {name: last[name] for name in told} == pytest.approx(told, abs=1e-6)
    assert (chosen["p10"] <= chosen["p50"]).all()
    assert (chosen["p50"] <= chosen["p90"]).all()


def test_an_expectation_is_judged_over_all_replications(result):
    worst = result.replications["coverage_pct"].min()

    assert result.judge(f"device.coverage_pct at end >= {worst - 0.001:.4f}").outcome == "passed"
    judged = result.judge(f"device.coverage_pct at end > {worst + 0.001:.4f}")
    assert judged.outcome == "failed"
    assert judged.observed == pytest.approx(worst)
    assert judged.held < judged.of == 4
    mean = result.judge("mean of (device.coverage_pct at end) >= 0")
    assert mean.observed == pytest.approx(result.replications["coverage_pct"].mean())
    assert result.judge("probability (coverage_pct at end > 200) <= 0.5").observed == 0


def test_what_does_not_hold_names_the_replication_to_run_again(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, "utf-8")
    result = sim.run(path)
    worst = result.replications.sort_values(["coverage_pct", "replication"]).iloc[0]

    level = worst["coverage_pct"] + 0.001
    with pytest.raises(AssertionError) as unmet:
        result.assert_expectation(f"device.coverage_pct at end > {level:.4f}")

    assert f"--replication {worst['replication']}" in str(unmet.value)
    with pytest.raises(AssertionError) as unmet:
        result.assert_expectation("mean of (coverage_pct at end) > 100")
    assert "--replication" not in str(unmet.value)


def test_the_run_folder_is_the_same_written_at_once_or_afterwards(tmp_path):
    at_once = sim.run(sim.load(TEXT), out=tmp_path / "at-once")
    afterwards = sim.run(sim.load(TEXT))
    afterwards.save(tmp_path / "afterwards")
    afterwards.report(tmp_path / "report.html")

    assert contents(tmp_path / "at-once") == contents(tmp_path / "afterwards")
    written = contents(tmp_path / "at-once")["report.html"]
    assert (tmp_path / "report.html").read_bytes() == written
    assert str(at_once) == str(afterwards)
    assert "P10" in str(at_once)


def test_the_fan_is_drawn_of_several_replications_alone(result):
    assert "<svg" in result.plot("fan")._repr_svg_()
    alone = sim.run(sim.load(TEXT), replication=1)
    for ask in (lambda: alone.plot("fan"), lambda: alone.replications, lambda: alone.bands):
        with pytest.raises(sim.errors.UnusableInput, match="replications=20 when it is run"):
            ask()


def test_a_number_of_replications_is_asked_for_instead_of_the_scenarios():
    assert sim.run(sim.load(TEXT), replications=2).summary["replications"] == 2
    assert sim.run(sim.load(TEXT), replications=1).summary["replications"] == 1
    with pytest.raises(sim.errors.UnusableInput):
        sim.run(sim.load(TEXT), replications=0)
    with pytest.raises(sim.errors.UnusableInput):
        sim.run(sim.load(TEXT), jobs=0)


def test_a_saved_run_of_several_tells_the_same_of_each_and_of_all(tmp_path):
    made = sim.run(sim.load(TEXT), replications=3, out=tmp_path / "run")
    saved = sim.open_run(tmp_path / "run")

    pd.testing.assert_frame_equal(saved.replications, made.replications)
    pd.testing.assert_frame_equal(saved.bands, made.bands)
    (tmp_path / "run/replications/002/summary.json").write_text("{}")
    with pytest.raises(sim.errors.UnusableInput, match=r"002/summary.json is missing or damaged"):
        _ = sim.open_run(tmp_path / "run").replications


def test_a_saved_run_of_one_has_no_replications(tmp_path):
    sim.run(sim.load(TEXT), replications=1, out=tmp_path / "run")

    for what in ("replications", "bands"):
        with pytest.raises(sim.errors.UnusableInput, match=f"one replication has no {what}"):
            getattr(sim.open_run(tmp_path / "run"), what)


@pytest.mark.parametrize("number", ["2", 2.0, True, 0])
def test_what_is_no_number_of_processes_is_refused_with_all_else(number):
    with pytest.raises(sim.errors.UnusableInput) as refused:
        sim.run(sim.load(TEXT), jobs=number, replication=-1)

    assert [str(one) for one in refused.value.problems] == [
        "no such replication; a whole number from 1",
        "no such number of jobs; a whole number from 1",
    ]


def test_there_is_no_replication_beyond_the_number_asked_for():
    with pytest.raises(sim.errors.UnusableInput, match="no replication 50 of 20"):
        sim.run(sim.load(TEXT), replication=50, replications=20)


@pytest.mark.parametrize(
    ("file", "content", "asked"),
    [
        ("summary.json", "[]", "bands"),
        ("summary.json", "[]", "expectations"),
        ("summary.json", '{"replications": 2, "expectations": 3}', "expectations"),
        ("provenance.json", '{"tool": "fleetsim", "digests": 3}', "replications"),
        ("provenance.json", '{"tool": "fleetsim", "digests": {}}', "replications"),
        ("provenance.json", '{"tool": "fleetsim", "digests": {"replications": [1]}}',
         "replications"),
    ],
)  # fmt: skip
def test_a_damaged_run_folder_of_several_is_told_as_such(file, content, asked, tmp_path):
    sim.run(sim.load(TEXT), replications=2, out=tmp_path / "run")
    (tmp_path / "run" / file).write_text(content)

    with pytest.raises(sim.errors.UnusableInput, match=f"{file} is missing or damaged"):
        getattr(sim.open_run(tmp_path / "run"), asked)


def test_saving_writes_the_folder_of_the_run_and_simulates_nothing_again(tmp_path, monkeypatch):
    simulated = []
    simulate = replication.simulate

    def counted(prepared, *others, **options):
        simulated.append(others)
        return simulate(prepared, *others, **options)

    monkeypatch.setattr(replication, "simulate", counted)
    result = sim.run(sim.load(TEXT))
    assert len(simulated) == 4

    result.save(tmp_path / "saved")
    _ = result.bands
    result.judge("failed at end < 5")

    assert len(simulated) == 4
    sim.run(sim.load(TEXT), out=tmp_path / "run")
    assert contents(tmp_path / "saved") == contents(tmp_path / "run")
