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
# empty: **workspace ID** and **workspace key**. Windows 10, Windows 11 and the newer servers do
# not use them. Windows 8.1 always needs them. Server 2012 R2 and 2016 need them as long as the
# client setting has its default value, the legacy agent (MMA).
#
# This notebook simulates a rollout in which the key is missing, and asks:
#
# 1. Which devices are affected?
# 2. How many device-days are lost, depending on the day on which somebody fills in the key?
# 3. Is it better to change the client setting?
#
# You do not need a server, and you need only a little Python. Each cell runs a scenario and shows
# a table or a picture of the result. Change a number and run the cell again with Shift and Enter.

# %%
import textwrap

import pandas as pd

import sim

scenario = sim.load("../scenarios/workspace-missing.yaml")
print(scenario.question)
print()
print(textwrap.fill(sim.explain("MMA-2").text, 90))

# %% [markdown]
# ## Nobody fills in the key
#
# In the shipped scenario somebody fills in the key two weeks after the policy was deployed to
# everybody. Here that step comes after the end of the run. `changed` does not change the file. The
# path on the left names the value to change: in the plan, in the step *repair*, the time.

# %%
never = sim.run(scenario.changed({"plan[repair].after": "everybody + 90 d"}))
print(never)

# %%
never.plot("onboarding")

# %% [markdown]
# The blue line rises within hours and then stops. The devices in the red band above it fail, and
# they fail until somebody acts. The numbers above the picture are the steps of the plan: 1 is the
# pilot, 2 is everybody.
#
# ## Which devices are affected

# %%
by_system = pd.crosstab(never.devices["os"], never.devices["status"])
by_system["failed %"] = (100 * by_system["failed"] / by_system.sum(axis=1)).round(1)
by_system.sort_values("failed", ascending=False)

# %% [markdown]
# Every device with one of the three older systems fails, and no other device does. A pilot of
# ordinary computers would not have shown the problem.
#
# The story of one server shows why it does not help to wait. The server evaluates the policy once
# a week. Each time the policy fails in the same way, before anything is installed:

# %%
affected = never.devices[never.devices["cause"] == "workspace_missing"]
print(never.story(affected["name"].iloc[0]))

# %% [markdown]
# ## The day of the repair
#
# Now run the same rollout again, with the key filled in some days after the policy was deployed to
# everybody. The loss is counted in **device-days**: ten servers without protection for three days
# are thirty device-days. `series` gives the number of failed devices for each hour. Their sum
# divided by 24 is the area of the red band. The last column counts days from the start of the run,
# three days before the step *everybody*.

# %%
FAILED = "device.failed{cause=workspace_missing}"


def account(runs):
    """Return how much each run lost because of the missing values."""
    rows = {}
    for name, run in runs.items():
        failed = run.series(FAILED)
        reached = run.summary["time_to"]["95"]
        rows[name] = {
            "devices affected": int(failed.max()),
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
# Read the column of device-days from top to bottom: **the loss grows in steps of a week.** A failed
# device tries again only at its next evaluation, a week after the last one (MMA-6). Within a week
# it hardly matters whether you fill in the key early or late. But if you are one day too late, all
# affected devices lose another week. Only a repair before the first evaluation costs almost
# nothing: then only members of the pilot fail.

# %%
repaired[6].plot("onboarding")

# %%
repaired[8].plot("onboarding")

# %% [markdown]
# The two repairs (mark 3) are two days apart. Their results are a week apart.
#
# ## Change the client setting
#
# Server 2012 R2 and 2016 need no workspace values if you change their client setting from the
# legacy agent to the **MDE client** (DWN-1, DWN-2). The next cell adds a collection for them and a
# client setting for this collection. Nobody fills in the key.

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
# The client setting fixes the servers. The Windows 8.1 computers still fail. The setting has no
# effect on them (DWN-8), and they always need the key. The installed agents are different, too:

# %%
agents = pd.DataFrame({name: run.summary["agents"] for name, run in chosen.items()})
agents.T.fillna(0).astype(int)

# %% [markdown]
# ## The same with faults
#
# So far nothing failed by chance (`faults: none`), so that you could see the effect of the values
# alone. The installer of the MDE client has its own requirements: patches, and a Defender
# Antivirus that is on and up to date (DWN-4, DWN-5). With faults switched on, these causes hold
# back devices with the three older systems at the end of the five weeks:

# %%
OLDER = ["server-2012-r2", "server-2016", "windows-8.1"]
FAULTS = {"faults": "drawn"}
with_faults = {
    "key filled in before the start": sim.run(scenario.changed({**values, **FAULTS})),
    "setting changed before the start": sim.run(scenario.changed({**setting, **FAULTS})),
    "both": sim.run(scenario.changed({**setting, **values, **FAULTS})),
}
causes = {
    name: run.devices[run.devices["os"].isin(OLDER)]["cause"].replace("", "(onboarded)")
    for name, run in with_faults.items()
}
pd.DataFrame({name: column.value_counts() for name, column in causes.items()}).fillna(0).astype(int)

# %% [markdown]
# And in the whole fleet, with the setting changed:

# %%
with_faults["setting changed before the start"].plot("causes")

# %% [markdown]
# The client setting replaces one cause by several small ones. You can find and fix each of them
# before the rollout. The setting brings the newer agent, but it does not replace patching.
#
# ## Conclusions
#
# The cell checks each sentence before it prints it. If a change to the simulation or to the
# scenario makes a sentence wrong, the cell stops with an error.

# %%
affected_systems = set(affected["os"])
assert affected_systems == set(OLDER)
assert (by_system.loc[OLDER, "failed %"] == 100).all()
print("Without the key every device with one of the three older systems fails, and no other.")

loss = table["device-days lost"]
assert loss[6] < 1.2 * loss[1]
assert loss[8] > 1.7 * loss[6]
print("The loss grows in steps of a week: one day after the evaluation costs another week.")

assert loss[0] < 0.1 * loss[1]
print("A repair before the first evaluation costs almost nothing.")

by_setting = chosen["setting changed before the start"]
still_failed = by_setting.devices[by_setting.devices["status"] == "failed"]
assert set(still_failed["os"]) == {"windows-8.1"}
print("The client setting fixes the servers; Windows 8.1 still needs the key.")

with_key, with_setting = (
    with_faults[name].devices.query("os in @OLDER and status == 'failed'")["cause"]
    for name in ("key filled in before the start", "setting changed before the start")
)
assert not with_key.str.startswith(("prerequisite_", "antivirus_")).any()
assert with_setting.str.startswith(("prerequisite_", "antivirus_")).any()
print("The newer agent has its own requirements: check patches and antivirus first.")
