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
# # What missing workspace values cost
#
# A Defender for Endpoint policy in Configuration Manager has two fields that most people leave
# empty: **workspace ID** and **workspace key**. Windows 10 and 11 and the newer servers never
# look at them. Windows 8.1 always needs them, and so do Server 2012 R2 and 2016 as long as the
# client setting stands on its default, the legacy agent (MMA).
#
# This page rehearses a rollout in which the key is missing and asks:
#
# 1. Who is hit?
# 2. How many device-days are lost, depending on the day on which somebody fills the key in?
# 3. Is it better to change the client setting instead?
#
# You need no server and little Python: every cell asks for a run and shows a table or a picture
# of it. Change a number and run the cell again with Shift and Enter.

# %%


scenario = sim.load("../scenarios/workspace-missing.yaml")
print(scenario.question)
print()
print(textwrap.fill(sim.explain("MMA-2").text, 90))

# %% [markdown]
# ## A key that nobody fills in
#
# The shipped scenario repairs the key two weeks after the policy went to everybody. Here the
# repair comes so late that the run is over first. `changed` leaves the file as it is; the path on
# the left says which value is meant: in the plan, the step called *repair*, its timing.

# %%
never = sim.run(scenario.changed({"plan[repair].after": "everybody + 90 d"}))
print(never)

# %%
never.plot("onboarding")

# %% [markdown]
# The blue line is done within hours and then stands still: the red band above it fails, and will
# fail until somebody acts. The numbers above the picture are the steps of the plan: 1 is the
# pilot, 2 is everybody.
#
# ## Who is hit

# %%
by_system = pd.crosstab(never.devices["os"], never.devices["status"])
by_system["failed %"] = (100 * by_system["failed"] / by_system.sum(axis=1)).round(1)
by_system.sort_values("failed", ascending=False)

# %% [markdown]
# It is all or nothing: each device of the three older systems fails and no device of the others.
# A pilot of ordinary computers would never have shown it.
#
# One server's story shows why waiting does not help. The policy is evaluated once a week and
# fails each time in the same way, before anything is installed:

# %%
hit = never.devices[never.devices["cause"] == "workspace_missing"]
print(never.story(hit["name"].iloc[0]))

# %% [markdown]
# ## The day of the repair
#
# Now the same rollout with the key filled in some days after the policy went to everybody. What is
# lost is counted in **device-days**: ten servers unprotected for three days are thirty. `series`
# gives the number of failed devices hour by hour; their sum divided by 24 is the area of the red
# band. The last column counts from the start of the run, three days before everybody.

# %%
FAILED = "device.failed{cause=workspace_missing}"


def account(runs):
    """Return what each run lost to the missing values."""
    rows = {}
    for name, run in runs.items():
        failed = run.series(FAILED)
        reached = run.summary["time_to"]["95"]
        rows[name] = {
            "devices hit": int(failed.max()),
            "still failing at the end": int(failed.iloc[-1]),
            "device-days lost": round(failed.sum() / 24),
            "95 % onboarded on day": None if reached is None else round(reached / 86_400, 1),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


# %%
days = [0, 1, 3, 6, 8, 13, 15]
repaired = {
    day: sim.run(scenario.changed({"plan[repair].after": f"everybody + {day} d"})) for day in days
}
table = account(repaired)
table.rename_axis("days after everybody")

# %% [markdown]
# Read the column of device-days from top to bottom: **the price comes in weeks.** A failed device
# asks again only at its next evaluation, a week after the last one (MMA-6). Within one week it
# hardly matters whether the key is filled in early or late; one day too late costs all of the hit
# devices another week. Only a repair before the first evaluation is nearly free: then nobody
# fails but the members of the pilot.

# %%
repaired[6].plot("onboarding")

# %%
repaired[8].plot("onboarding")

# %% [markdown]
# Two days between these repairs (mark 3), a week between their results.
#
# ## The client setting instead
#
# Server 2012 R2 and 2016 need no workspace values if the client setting for them is turned from
# the legacy agent to the **MDE client** (DWN-1, DWN-2). A collection for them and a setting of
# its own are added to the scenario, and no key is ever filled in.

# %%
older_servers = {
    "name": "Older servers",
    "limit_to": "All endpoints",
    "members": "os in ['server-2012-r2', 'server-2016']",
}
new_agent = {
    "name": "New agent",
    "collection": "Older servers",
    "priority": 1,
    "downlevel_client": "mde_client",
}
setting = {
    "collections": [*scenario.values["collections"], older_servers],
    "client_settings": [new_agent],
    "plan[repair].after": "everybody + 90 d",
}
values = {"policies[Onboard].workspace": {"id": "present", "key": "present"}}

chosen = {
    "nothing is done": never,
    "key filled in before the start": sim.run(scenario.changed(values)),
    "setting changed before the start": sim.run(scenario.changed(setting)),
    "both": sim.run(scenario.changed({**setting, **values})),
}
account(chosen)

# %% [markdown]
# The setting takes care of the servers. What still fails are the Windows 8.1 computers: the
# setting has no effect on them (DWN-8), they need the key whatever you do. And the agents differ:

# %%
agents = pd.DataFrame({name: run.summary["agents"] for name, run in chosen.items()})
agents.T.fillna(0).astype(int)

# %% [markdown]
# ## The same with bad luck
#
# So far nothing failed by chance (`faults: none`), so that the values alone were to be seen. The
# MDE client's installer has demands of its own: patches, and a Defender Antivirus that is on and
# up to date (DWN-4, DWN-5). With chance switched on, this is what holds the three older systems
# back at the end of the five weeks:

# %%
OLDER = ["server-2012-r2", "server-2016", "windows-8.1"]
LUCK = {"faults": "drawn"}
lucky = {
    "key filled in before the start": sim.run(scenario.changed({**values, **LUCK})),
    "setting changed before the start": sim.run(scenario.changed({**setting, **LUCK})),
    "both": sim.run(scenario.changed({**setting, **values, **LUCK})),
}
causes = {
    name: run.devices[run.devices["os"].isin(OLDER)]["cause"].replace("", "(onboarded)")
    for name, run in lucky.items()
}
pd.DataFrame({name: column.value_counts() for name, column in causes.items()}).fillna(0).astype(int)

# %% [markdown]
# And in the whole fleet, with the setting changed:

# %%
lucky["setting changed before the start"].plot("causes")

# %% [markdown]
# The setting exchanges one cause for several small ones, each of which can be found and put right
# beforehand: it is the way to the newer agent, not the way around patching.
#
# ## What to take home
#
# Each sentence is checked when the page runs; if a change to the simulation or to the scenario
# made it untrue, the cell would stop.

# %%
hit_systems = set(hit["os"])
assert hit_systems == set(OLDER)
assert (by_system.loc[OLDER, "failed %"] == 100).all()
print("Without the key every device of the three older systems fails, and no other.")

lost = table["device-days lost"]
assert lost[6] < 1.2 * lost[1]
assert lost[8] > 1.7 * lost[6]
print("The price comes in weeks: a repair one day after the weekly evaluation costs a week more.")

assert lost[0] < 0.1 * lost[1]
print("A repair before the first evaluation is nearly free.")

by_setting = chosen["setting changed before the start"]
left = by_setting.devices[by_setting.devices["status"] == "failed"]
assert set(left["os"]) == {"windows-8.1"}
print("The client setting saves the servers; Windows 8.1 needs the key all the same.")

with_key, with_setting = (
    lucky[name].devices.query("os in @OLDER and status == 'failed'")["cause"]
    for name in ("key filled in before the start", "setting changed before the start")
)
assert not with_key.str.startswith(("prerequisite_", "antivirus_")).any()
assert with_setting.str.startswith(("prerequisite_", "antivirus_")).any()
print("The newer agent has demands of its own: look at patches and antivirus first.")
