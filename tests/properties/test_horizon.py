"""A longer horizon changes nothing before it: what has not happened yet is not forgotten."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.units import DAY
from tests.properties.generated import Case, cases, rows_of

DESK = {
    "technicians": 1,
    "repairs": {"client_broken": "2 h", "network_blocked": "4 h", "antivirus_disabled": "1 h"},
}
HABITS = ({"presence": "off"}, {"presence": "rare"}, {"presence": "office"},
          {"presence": "always_on"}, {"presence": "always_on", "network": "ok"},
          {"location": "PAR"}, {"client": "broken"}, {"network": "blocked"})  # fmt: skip


@st.composite
def cases_of_habits(draw: st.DrawFn) -> Case:
    """Return a case in which people change their habits again and again, with a support desk."""
    case = draw(cases())
    days = int(str(case.scenario["horizon"]).split()[0])
    plan = list(case.scenario["plan"])
    for number in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, days * DAY - 2))
        step = {"patch": draw(st.sampled_from(HABITS)), "on": ["Everybody"], "within": "1 d"}
        plan.append({"name": f"habit{number}", "at": f"{at} s", **step})
    desk = {"support_desk": DESK} if draw(st.booleans()) else {}
    return Case({**case.scenario, "plan": plan, **desk}, case.fleet)


@settings(max_examples=60)
@given(cases_of_habits(), st.integers(1, 40))
def test_the_rows_up_to_a_horizon_are_those_of_a_later_one(case, more):
    """Polls, evaluations, installs, repairs, restarts, messages: whatever waits for power waits."""
    days = int(str(case.scenario["horizon"]).split()[0])
    short = rows_of(case.run())
    longer = rows_of(case.run(horizon=f"{days + more} d"))

    before = [row for row in longer if row["time"] < days * DAY]
    pairs = zip(short, before, strict=False)
    assert short == before, (next((pair for pair in pairs if pair[0] != pair[1]), None), case)
