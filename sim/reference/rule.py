"""The shape of one rule, apart from the tables that list them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One behaviour of the product, as a ConfigMgr administrator meets it."""

    id: str
    basis: str
    """`page`: the product page says so; `other`: another source does; `ours`: nobody says, it is
    the simulation's choice. A combination names both, such as `page, consequence ours`."""
    title: str
    text: str
    section: str
    """Where it is said: a heading of the product page, or the kind of source."""
    switch: str = ""
    """The key under `rules:` of a scenario that changes it; empty when nothing does."""
