"""A faultless device to bend in tests: every trait as it should be, one argument to change it."""

from datetime import date

from sim.reference.traits import TRAITS, Device

FAULTLESS = {name: trait.plain for name, trait in TRAITS.items()} | {
    "name": "PC-1",
    "os": "windows-11-24h2",
    "product_type": "client",
    "edition": "enterprise",
    "client_version": "2403",
    "servicing_stack": date(2024, 1, 9),
    "cumulative_update": date(2024, 1, 9),
    "agent": "none",
    "agent_version": "",
}


def faultless(**changes):
    """Return a Windows 11 computer on which all is well unless said otherwise."""
    return Device(**FAULTLESS | changes)
