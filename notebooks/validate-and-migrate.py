# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A new payload: validate, then migrate
#
# All devices are onboarded with payload *a*. The portal now gives you a new onboarding package with
# payload *b*. Microsoft's product page has a procedure for this (UPD-5):
#
# 1. **Exclude** a validation collection from the collection that has the policy.
# 2. Run the Group Policy **script** with the new payload on the validation collection.
# 3. **Validate**: the script succeeded, and the devices use the new payload.
# 4. **Update** the policy with the new package.
# 5. Run the script on the existing collection, and validate again.
# 6. **Clean up**: remove the script and the validation collection.
#
# This notebook simulates the procedure. It shows how long it takes and why, and what happens if
# somebody forgets the exclusion. Each cell runs a scenario and shows a table or a picture of the
# result.

# %%
import textwrap

import pandas as pd

import sim

scenario = sim.load("../scenarios/validate-and-migrate.yaml")
print(scenario.question)
for step in scenario.values["plan"]:
    text = ", ".join(f"{key}: {value}" for key, value in step.items())
    print(textwrap.fill(text, 90, subsequent_indent="      "))

# %% [markdown]
# The steps with `when` are **gates**. A gate waits until the console shows that its condition is
# met. The first gate has two conditions: the script succeeded, and the payload is in use. The last
# gate asks for the same in the existing collection before the clean-up.
#
# ## By the procedure

# %%
full = sim.run(scenario)
print(full)


# %%
def what_happened(run):
    """Return what happened to each step of the plan, and on which day."""
    rows = run.events[run.events["device"] == ""]
    happened = rows.assign(day=(rows["time"] / 86_400).round(1))[["day", "step", "event"]]
    return happened.reset_index(drop=True)


what_happened(full)

# %% [markdown]
# The next table shows, for each week, how many devices use the new payload: in the validation
# collection, and among all devices. `series` takes the same expressions as gates. The prefix
# `device.` asks what is true on the devices, not what the console shows.

# %%
VALIDATED = "device.payload_in_use_pct{payload=b, collection='Validation'}"
IN_USE = "device.payload_in_use_pct{payload=b}"
WAITING = "device.payload_pending{payload=b}"


def week_by_week(run):
    """Return how many devices use the new payload, week by week."""
    lines = {
        "validation collection, in use %": run.series(VALIDATED),
        "all, in use %": run.series(IN_USE),
        "wait for a restart": run.series(WAITING),
    }
    table = pd.DataFrame(lines).iloc[:: 7 * 24].round(1)
    table.index = pd.Index(table.index.days, name="day")
    return table


week_by_week(full)

# %% [markdown]
# An onboarded device runs the script and keeps its old payload in use until it **restarts**
# (UPD-1). The last column counts devices that have the new payload and wait for a restart. After
# the validation collection is removed, its column is empty (`NaN`).
#
# The picture shows the same for all devices. The heavy line is devices that use the new payload,
# the band above it is devices that wait for a restart, and the dotted line is devices that ran the
# script.

# %%
full.plot("payloads")

# %% [markdown]
# ## Without the exclusion
#
# Somebody is in a hurry and leaves out the first step. The plan is a list. This cell removes that
# step from it. The script runs at the same time as before.

# %%
plan = scenario.values["plan"]
hurried = [
    {**step, "after": "existing + 7 d 11 h"} if step["name"] == "try" else step
    for step in plan
    if step["name"] != "exclude"
]
without = sim.run(scenario.changed({"plan": hurried}))
what_happened(without)

# %%
without.plot("payloads")

# %%
week_by_week(without)

# %% [markdown]
# The gate never opens, and there is no error anywhere: the script *did* succeed. But the policy
# still targets the validation devices. At its next weekly evaluation it gives them the old payload
# again (UPD-4). The story of one device shows it:

# %%
reverted = without.events[without.events["event"] == "payload_reverted"]
print(without.story(reverted["device"].iloc[0]))

# %%
(remark,) = [note for note in without.notes if '"update" did not open' in note]
print(textwrap.fill(remark, 90))

# %% [markdown]
# That is why the validation needs both conditions (UPD-10). If you look only at the script, you see
# success on nearly every device, and you continue.
#
# ## Restarts decide how long it takes
#
# How often do computers restart on their own? With *Fast Startup* a shutdown does not count as a
# restart, so only updates restart them. Both are assumptions of the scenario, and you can change
# them. The last run changes no assumption. It adds two steps to the plan that **order** restarts.

# %%
RESTART_FIRST = {
    "name": "restart the validated",
    "after": "try + 1 d",
    "restart": ["Validation"],
    "within": "1 d",
}
RESTART_ALL = {
    "name": "restart all",
    "after": "migrate + 2 d",
    "restart": ["Endpoints"],
    "within": "2 d",
}
ordered = []
for step in plan:
    ordered.append(step)
    ordered += {"try": [RESTART_FIRST], "migrate": [RESTART_ALL]}.get(step["name"], [])

runs = {
    "as assumed": full,
    "no Fast Startup": sim.run(scenario.changed({"assumptions.fast_startup_share": "0 %"})),
    "updates restart weekly": sim.run(
        scenario.changed({"assumptions.update_restart_interval": "7 d"})
    ),
    "updates restart every 60 days": sim.run(
        scenario.changed({"assumptions.update_restart_interval": "60 d"})
    ),
    "restarts ordered": sim.run(scenario.changed({"plan": ordered})),
}


def milestones(run):
    """Return the days of the policy update, of the clean-up, and of 90 % in use."""
    done_on = run.events[run.events["event"] == "step_done"].set_index("step")["time"]
    in_use = run.summary["headline"]
    days = [done_on.get("update"), done_on.get("clean up"), in_use["time_to"]["90"]]
    return [*(float("nan") if day is None else day / 86_400 for day in days), in_use["percent"]]


columns = [
    "policy updated on day",
    "cleaned up on day",
    "90 % in use on day",
    "in use at the end %",
]
times = pd.DataFrame([milestones(run) for run in runs.values()], index=list(runs), columns=columns)
times.round(1)

# %% [markdown]
# `NaN` means that it did not happen during the run. If updates restart computers only every other
# month, even the validation does not finish. If you order restarts, the whole migration takes half
# the time. Tell your users in advance, because they notice an ordered restart.

# %%
runs["restarts ordered"].plot("payloads")

# %% [markdown]
# ## After the clean-up
#
# Removing the script and the validation collection changes no device (UPD-6). The policy stays, and
# a computer that joins later gets the new payload from it.

# %%
end = runs["restarts ordered"]
cleaned = end.events[end.events["step"] == "rejoin"]["time"].iloc[0]
joined = end.events[(end.events["event"] == "joined") & (end.events["time"] > cleaned)]
newcomers = end.devices[end.devices["name"].isin(joined["device"])]
newcomers.groupby(["status", "cause", "payload_in_use"]).size().rename("devices").reset_index()

# %% [markdown]
# The last computers that joined still wait for the weekly evaluation of their collection, or for
# their first poll.
#
# ## Conclusions
#
# The cell checks each sentence before it prints it. If a change to the simulation or to the
# scenario makes a sentence wrong, the cell stops with an error.

# %%
assert full.series(VALIDATED).max() >= 80
assert (full.events["event"] == "payload_reverted").sum() == 0
print("By the procedure no device loses the new payload; the validation devices get it first.")

last = without.series(VALIDATED).iloc[-1]
succeeded = without.series("script_succeeded_pct{package=script-b, collection='Validation'}").iloc[
    -1
]
assert last < 20
assert succeeded > 80
assert len(reverted) > 0
assert "update" not in set(without.events.query("event == 'step_done'")["step"])
print("Without the exclusion the policy brings back the old payload after the script succeeded.")

in_use_on = times["90 % in use on day"]
assert pd.isna(times.loc["updates restart every 60 days", "policy updated on day"])
assert in_use_on["restarts ordered"] < 0.6 * in_use_on["as assumed"]
assert in_use_on["restarts ordered"] == in_use_on.min()
print("Restarts decide: order them and it takes half the time; wait and it may never end.")

onboarded = newcomers[newcomers["status"] == "onboarded"]
assert len(onboarded) > 0
assert set(onboarded["payload_in_use"]) == {"b"}
print("After the clean-up new computers get the new payload from the policy alone.")
