"""How long lint takes beside a run without faults. Prints: `pytest -m benchmark -s -n 0`."""

import time

import pytest

from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.lint.linting import lint
from sim.measures.tally import replay
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text
from tests.benchmarks.test_speed import SCENARIO, WITHOUT_GATE

MISSED = SCENARIO.replace(">= 80 for 24 h", ">= 100 for 24 h")
GATES = "".join(
    f"  - {{name: more{n}, when: 'coverage_pct >= {90 + n} for 24 h', pause: Onboard}}\n"
    for n in range(10)
)
EXPECTATIONS = "expect:\n" + "".join(f"  - 'coverage_pct at {n} h >= 100'\n" for n in range(3, 23))
PLANS = {
    "gate": SCENARIO,
    "no gate": WITHOUT_GATE,
    "shut gate": MISSED,
    "ten shut gates": MISSED.replace("plan:\n", f"plan:\n{GATES}"),
    "twenty missed expectations": f"{WITHOUT_GATE}{EXPECTATIONS}",
}
LAPS = 3


def seconds(work):
    """Return the least processor time of some laps: other work on the machine adds little to it."""
    laps = []
    for _ in range(LAPS):
        begin = time.process_time()
        work()
        laps.append(time.process_time() - begin)
    return min(laps)


@pytest.mark.benchmark
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("faults", ["none", "drawn"])
def test_print_lint_beside_a_run_without_faults(plan, faults, capsys):
    text = PLANS[plan].replace("DEVICES", "2000")
    calm, loaded = load_text(f"{text}faults: none\n"), load_text(f"{text}faults: {faults}\n")

    def run():
        prepared = prepare(calm)
        replay(simulate(prepared, Streams(1, 1)), prepared.device_table)

    alone, linted = seconds(run), seconds(lambda: lint(loaded, {}))
    with capsys.disabled():
        print(f"\n{plan}, faults {faults}: run {alone:.3f} s, lint {linted:.3f} s,", end=" ")
        print(f"{linted / alone:.2f} times")
