import textwrap

import pandas as pd

import sim

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
# Everybody is onboarded with payload *a*, and the portal gives you a new onboarding package with
# payload *b*. The product page has a procedure for it (UPD-5):
#
# 1. **Exclude** a validation collection from the collection that has the policy.
# 2. Run the Group Policy **script** with the new payload on the validation collection.
# 3. **Validate**: the script succeeded, and the devices use the new payload.
# 4. **Update** the policy with the new package.
# 5. Run the script on the existing collection, and validate again.
# 6. **Clean up**: remove the script and the validation collection.
#
# This page rehearses it and asks what it takes, what happens if somebody forgets the exclusion,
# and why it takes as long as it does. Every cell asks for a run and shows a table or a picture of
# it.

# %%


scenario = sim.load("../scenarios/validate-and-migrate.yaml")
print(scenario.question)
for step in scenario.values["plan"]:
    told = ", ".join(f"{key}: {value}" for key, value in step.items())
    print(textwrap.fill(told, 90, subsequent_indent="      "))

# %% [markdown]
# The steps with `when` are **gates**: they wait until the console shows what they ask for. The
# first one asks for both, that the script succeeded and that the payload is in use; the last one
# asks for the same in the existing collection before it cleans up.
#
# ## By the book

# %%
book = sim.run(scenario)
print(book)


# %%
def what_happened(run):
    """Return what became of the plan, by the day."""
    rows = run.events[run.events["device"] == ""]
    happened = rows.assign(day=(rows["time"] / 86_400).round(1))[["day", "step", "event"]]
    return happened.reset_index(drop=True)


what_happened(book)

# %% [markdown]
# How many use the new payload, in the validation collection and in all, week by week. `series`
# takes what the language of gates takes; `device.` in front asks what is true instead of what the
# console shows.

# %%
VALIDATED = "device.payload_in_use_pct{payload=b, collection='Validation'}"
IN_USE = "device.payload_in_use_pct{payload=b}"
WAITING = "device.payload_pending{payload=b}"


def week_by_week(run):
    """Return how far the new payload has come, once a week."""
    lines = {
        "validation collection, in use %": run.series(VALIDATED),
        "all, in use %": run.series(IN_USE),
        "wait for a restart": run.series(WAITING),
    }
    table = pd.DataFrame(lines).iloc[:: 7 * 24].round(1)
    table.index = pd.Index(table.index.days, name="day")
    return table


week_by_week(book)

# %% [markdown]
# A device that is onboarded already runs the script and goes on with its old payload until it
# **restarts** (UPD-1). The last column is those that have the new payload and wait. From the day on
# which the validation collection is removed its column is empty (`NaN`).
#
# The same as a picture, all devices together: the heavy line uses the new payload, the band above
# it waits for a restart, the dotted line has run the script.

# %%
book.plot("payloads")

# %% [markdown]
# ## Without the exclusion
#
# Somebody is in a hurry and leaves the first step out. The plan is a list; here it is taken
# without that step, and the script comes at the same time as before.

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
# The gate never opens, and no error is to be seen anywhere: the script *did* succeed. But the
# policy still reaches the validation devices, and at its next weekly evaluation it gives them its
# own payload back (UPD-4). One device's story tells it:

# %%
reverted = without.events[without.events["event"] == "payload_reverted"]
print(without.story(reverted["device"].iloc[0]))

# %%
(told,) = [note for note in without.notes if "gate of update" in note]
print(textwrap.fill(told, 90))

# %% [markdown]
# That is why validation needs both (UPD-10). Whoever looks at the script alone sees success on
# nearly every device, and would have gone on.
#
# ## Restarts set the pace
#
# How often do computers restart by themselves? With *Fast Startup* a shutdown is none, and then
# only updates restart them. Both are assumptions of the scenario and can be changed. The last
# line changes no assumption; it adds two steps to the plan that **order** restarts.

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
    "as assumed": book,
    "no Fast Startup": sim.run(scenario.changed({"assumptions.fast_startup_share": "0 %"})),
    "updates restart weekly": sim.run(
        scenario.changed({"assumptions.update_restart_interval": "7 d"})
    ),
    "updates restart every 60 days": sim.run(
        scenario.changed({"assumptions.update_restart_interval": "60 d"})
    ),
    "restarts ordered": sim.run(scenario.changed({"plan": ordered})),
}


def pace(run):
    """Return on which day the policy was updated, the clean-up came, and most use the payload."""
    done = run.events[run.events["event"] == "step_done"].set_index("step")["time"]
    in_use = run.summary["headline"]
    days = [done.get("update"), done.get("clean up"), in_use["time_to"]["90"]]
    return [*(float("nan") if day is None else day / 86_400 for day in days), in_use["percent"]]


columns = [
    "policy updated on day",
    "cleaned up on day",
    "90 % in use on day",
    "in use at the end %",
]
tempo = pd.DataFrame([pace(run) for run in runs.values()], index=list(runs), columns=columns)
tempo.round(1)

# %% [markdown]
# `NaN` means: not within the run. Where updates restart computers every other month only,
# the validation itself does not come to an end; where restarts are ordered, the whole migration
# is over in half the time. Tell your people beforehand: an ordered restart is felt.

# %%
runs["restarts ordered"].plot("payloads")

# %% [markdown]
# ## After the clean-up
#
# Removing the script and the validation collection changes nobody (UPD-6): the policy alone
# carries on, and a computer that joins afterwards gets the new payload from it.

# %%
end = runs["restarts ordered"]
cleaned = end.events[end.events["step"] == "rejoin"]["time"].iloc[0]
joined = end.events[(end.events["event"] == "joined") & (end.events["time"] > cleaned)]
newcomers = end.devices[end.devices["name"].isin(joined["device"])]
newcomers.groupby(["status", "cause", "payload_in_use"]).size().rename("devices").reset_index()

# %% [markdown]
# The last to join still wait for their collection's weekly evaluation, or for their first poll.
#
# ## What to take home
#
# Each sentence is checked when the page runs; if a change to the simulation or to the scenario
# made it untrue, the cell would stop.

# %%
assert book.series(VALIDATED).max() >= 80
assert (book.events["event"] == "payload_reverted").sum() == 0
print("By the book nothing is taken back, and the validation collection gets there first.")

last = without.series(VALIDATED).iloc[-1]
succeeded = without.series("script_succeeded_pct{package=script-b, collection='Validation'}").iloc[
    -1
]
assert last < 20
assert succeeded > 80
assert len(reverted) > 0
assert "update" not in set(without.events.query("event == 'step_done'")["step"])
print("Without the exclusion the policy takes the new payload back, though the script succeeded.")

in_use_on = tempo["90 % in use on day"]
assert pd.isna(tempo.loc["updates restart every 60 days", "policy updated on day"])
assert in_use_on["restarts ordered"] < 0.6 * in_use_on["as assumed"]
assert in_use_on["restarts ordered"] == in_use_on.min()
print("Restarts set the pace: ordering them halves the time, waiting for them may stall it.")

onboarded = newcomers[newcomers["status"] == "onboarded"]
assert len(onboarded) > 0
assert set(onboarded["payload_in_use"]) == {"b"}
print("After the clean-up the policy alone gives newcomers the new payload.")
