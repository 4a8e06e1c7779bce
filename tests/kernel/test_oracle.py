"""The kernel against a naive model that walks through every instant (see `oracle`)."""

import random
from collections import Counter

import pytest

from sim.eventlog import COLUMNS
from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from tests.kernel.oracle import naive_log, ordered
from tests.kernel.telling import FAREWELL, OFFBOARD, PACKAGE, POLICY, prepared

SYSTEMS = (
    *("windows-11-24h2", "windows-10-22h2", "windows-10-1703", "windows-8.1", "windows-7"),
    *("server-2012-r2", "server-2012-r2", "server-2016", "server-2016", "server-2022"),
    *("server-2012", "server-sac-1709", "server-sac-20h2", "server-2019"),
)
COLLECTIONS = [
    {"name": "All", "members": "managed"},
    {"name": "North", "members": "part == 'north'"},
    {"name": "South", "members": "part == 'south'"},
    {"name": "Servers", "members": "os in ['server-2012-r2', 'server-2016']"},
    {"name": "Some", "limit_to": "All", "sample": "40 %", "exclude": ["South"]},
]
SETTINGS = [
    {"name": "New agent", "collection": "Servers", "priority": 2, "downlevel_client": "mma"},
    {"name": "First", "collection": "Some", "priority": 1, "downlevel_client": "mde_client"},
]
SECOND = {"name": "Again", "package": "onboarding-a", "sample_sharing": "none"}


def fleet(seed, size):
    """Return a mixed fleet: traits that matter are now and then given, else drawn."""
    dice = random.Random(seed)
    devices = []
    for number in range(size):
        device = {
            "name": f"D-{number:03d}",
            "os": dice.choice(SYSTEMS),
            "part": dice.choice(("north", "south", "")),
            "presence": "always_on",
        }
        if dice.random() < 0.15:
            organization = dice.choice(("contoso", "contoso", "fabrikam"))
            device |= {"onboarded": "true", "organization": organization, "payload": "old"}
        if dice.random() < 0.1:
            device["restart_pending"] = "true"
        if dice.random() < 0.1:
            device["client_version"] = "2203"
        if dice.random() < 0.1:
            device["managed_by"] = dice.choice(("intune", "co_managed"))
        if dice.random() < 0.05:
            device["client"] = "none"
        devices.append(device)
    return devices


def step(at, **keys):
    return {"at": at, **keys}


PLANS = {
    "workspace repaired": [
        step("3 h", deploy="Onboard", to=["North"]),
        step("1 d 09:00", deploy="Onboard", to=["South", "All"]),
        step("5 d", set_workspace="Onboard", id="present"),
        step("6 d", set_workspace="Onboard", key="wrong"),
        step("12 d", set_workspace="Onboard", key="present"),
        step("13 d", by="nobody", undeploy="Onboard", **{"from": ["All"]}),
    ],
    "client setting changed": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("2 h", deploy="Onboard", to=["All"]),
        step("4 d", set_client_setting="New agent", downlevel_client="mde_client"),
        step("15 d", set_client_setting="First", downlevel_client="mma"),
        step("20 d", by="nobody", set_client_setting="New agent", downlevel_client="mma"),
    ],
    "withdrawn and deployed anew": [
        step("0 s", deploy="Onboard", to=["Some"]),
        step("2 h", deploy="Onboard", to=["All"]),
        step("3 h", undeploy="Onboard", **{"from": ["Some"]}),
        step("4 d", undeploy="Onboard", **{"from": ["All"]}),
        step("4 d 00:10", deploy="Onboard", to=["All"]),
        step("9 d", undeploy="Onboard", **{"from": ["All", "North"]}),
        step("9 d", deploy="Onboard", to=["North"]),
        step("16 d", deploy="Onboard", to=["South"]),
    ],
    "paused and resumed": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("1 d", deploy="Onboard", to=["All"]),
        step("1 d 00:20", pause="Onboard"),
        step("2 d", undeploy="Onboard", **{"from": ["All"]}),
        step("2 d", deploy="Onboard", to=["All"]),
        step("3 d", resume="Onboard"),
        step("3 d 00:15", pause="Onboard"),
        step("9 d", resume="Onboard"),
    ],
    "two policies": [
        step("1 h", deploy="Onboard", to=["North"]),
        step("2 h", deploy="Again", to=["All"]),
        step("3 d", set_workspace="Again", id="present", key="present"),
        step("8 d", undeploy="Onboard", **{"from": ["North"]}),
        step("11 d", deploy="Onboard", to=["North", "South"]),
        step("18 d", undeploy="Again", **{"from": ["All"]}),
    ],
    "offboarded on the way": [
        step("1 h", set_workspace="Onboard", id="present", key="present"),
        step("1 h", deploy="Onboard", to=["All"]),
        step("5 d", deploy="Offboard", to=["North"]),
        step("9 d", undeploy="Onboard", **{"from": ["All"]}),
        step("17 d", undeploy="Offboard", **{"from": ["North"]}),
        step("17 d 00:30", deploy="Onboard", to=["Servers", "North"]),
        step("21 d", deploy="Offboard", to=["All"]),
    ],
}
FAST = {
    "policy_poll_interval": "50 s",
    "first_evaluation_window": "10 min",
    "evaluation_interval": "11 h",
    "install_retry_interval": "3 h",
    "state_message_interval": "100 s",
    "mde_client_install": "8 min",
    "install_failure_share": "40 %",
    "service_start_failure_share": "40 %",
    "service_start_retry_share": "50 %",
    "dotnet_missing_share": "10 %",
    "client_inactive_share": "5 %",
}
"""Short intervals and much bad luck: things meet that seldom meet otherwise."""


def compared(folder, plan, seed, *, size, horizon, **sections):
    """Return the rows of the kernel and of the naive model, in one order."""
    _, setting = prepared(
        folder,
        fleet(seed, size),
        plan=[one for one in plan if _seconds(one["at"]) < _seconds(horizon)],
        seed=seed,
        horizon=horizon,
        collections=COLLECTIONS,
        client_settings=SETTINGS,
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, SECOND, OFFBOARD],
        faults="drawn",
        site={
            "administrators": [
                {"name": "everything", "roles": ["Full Administrator"]},
                {"name": "nobody", "roles": ["Reader"]},
            ]
        },
        **sections,
    )
    streams = Streams(seed, 1)
    log = simulate(setting, streams)
    columns = [[int(time) for time in log.columns["time"]]]
    for name in COLUMNS[1:]:
        words, codes = log.words_and_codes(name)
        columns.append([words[code] for code in codes])
    return ordered(list(zip(*columns, strict=True))), naive_log(setting, streams)


def _seconds(text):
    number, unit, *_ = text.split(" ")
    return int(number) * {"s": 1, "h": 3600, "d": 86400}[unit]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", PLANS)
def test_the_kernel_tells_the_same_as_a_model_that_skips_nothing(tmp_path, name, seed):
    kernel, naive = compared(tmp_path, PLANS[name], seed, size=60, horizon="24 d", assumptions={})

    assert kernel == naive
    assert len(Counter(row[2] for row in kernel)) >= 12


def random_plan(dice):
    """Return a plan that stirs everything at once, many steps within the same few minutes."""
    moments = [dice.randrange(0, 4 * 86400, 60) for _ in range(12)]
    values = ("present", "present", "absent", "wrong")
    plan = []
    for _ in range(45):
        at = dice.choice(moments) + dice.choice((0, 0, 1, 49, 50, 51, 300))
        policy = dice.choice(("Onboard", "Again", "Onboard", "Again", "Offboard"))
        where = dice.sample([one["name"] for one in COLLECTIONS], dice.choice((1, 2)))
        verb = dice.choice(("deploy",) * 4 + ("undeploy",) * 3 + ("pause", "resume") + ("set",) * 4)
        if verb in ("deploy", "undeploy"):
            keys = {verb: policy, "to" if verb == "deploy" else "from": where}
        elif verb in ("pause", "resume"):
            keys = {verb: policy}
        elif dice.random() < 0.5:
            keys = {"set_workspace": policy, dice.choice(("id", "key")): dice.choice(values)}
        else:
            name, choice = dice.choice(SETTINGS)["name"], dice.choice(("mma", "mde_client"))
            keys = {"set_client_setting": name, "downlevel_client": choice}
        plan.append(step(f"{at} s", **keys))
    return [
        step("0 s", set_workspace="Onboard", id="present", key="present"),
        step("10 s", deploy="Onboard", to=["North"]),
        *plan,
    ]


@pytest.mark.parametrize("seed", range(10))
def test_the_kernel_tells_the_same_when_everything_happens_at_once(tmp_path, seed):
    """Polls come each minute, evaluations twice a day, most attempts fail by chance."""
    plan = random_plan(random.Random(seed))
    kernel, naive = compared(tmp_path, plan, seed, size=25, horizon="5 d", assumptions=FAST)

    assert kernel == naive
