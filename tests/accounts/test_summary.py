"""The summary of several replications, by hand."""

from sim.accounts.outcomes import summary_figures, summary_of


def summary(onboarded, causes, time, payload=None, percent=50.0):
    return {
        "scenario": "S",
        "seed": 7,
        "replications": 1,
        "onboarded": onboarded,
        "coverage_pct": percent,
        "causes": causes,
        "payload_in_use": payload or {"week": onboarded},
        "time_to": {"90": time},
        "headline": {"about": "payload", "payload": "b", "devices": onboarded},
        "support_desk": {"by_week": [{"week": 1, "worked": onboarded}], "cleared": time},
        "expectations": [],
    }


def test_each_figure_is_shown_by_mean_and_percentiles():
    found = summary_of([summary(n, {}, 10 * n) for n in range(11)])

    assert found["scenario"] == "S"
    assert found["seed"] == 7
    assert found["replications"] == 11
    assert found["onboarded"] == {"mean": 5, "p10": 1, "p50": 5, "p90": 9}
    assert found["time_to"] == {"90": {"mean": 50, "p10": 10, "p50": 50, "p90": 90}}
    assert "expectations" not in found


def test_words_stay_and_a_payload_may_have_any_name():
    found = summary_of([summary(1, {}, 5), summary(3, {}, 5)])

    assert found["headline"]["about"] == "payload"
    assert found["headline"]["devices"]["mean"] == 2
    assert found["payload_in_use"]["week"]["mean"] == 2
    (week,) = found["support_desk"]["by_week"]
    assert week == {"week": 1, "worked": {"mean": 2, "p10": 1.2, "p50": 2, "p90": 2.8}}


def test_a_cause_that_a_replication_does_not_name_counts_as_no_device():
    found = summary_of([summary(1, {"client_broken": 4, "clock_skew": 2}, 5), summary(1, {}, 5)])

    assert list(found["causes"]) == ["client_broken", "clock_skew"]
    assert found["causes"]["client_broken"]["mean"] == 2


def test_causes_keep_the_order_of_the_vocabulary_whoever_names_them_first():
    found = summary_of([summary(1, {"clock_skew": 2}, 5), summary(1, {"client_broken": 1}, 5)])

    assert list(found["causes"]) == ["client_broken", "clock_skew"]


def test_a_time_that_was_not_reached_is_later_than_any_other():
    found = summary_of([summary(1, {}, time) for time in (10, 20, None, 30, None)])

    assert found["time_to"]["90"] == {"mean": None, "p10": 14, "p50": 30, "p90": None}
    assert found["support_desk"]["cleared"]["mean"] is None


def test_a_share_of_no_devices_is_left_out_and_without_any_has_no_figures():
    assert summary_figures([1.0, None, 3.0])["mean"] == 2
    assert summary_figures([None, None]) == {"mean": None, "p10": None, "p50": None, "p90": None}
