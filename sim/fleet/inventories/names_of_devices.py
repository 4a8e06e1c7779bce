"""Names of devices: which of them an inventory can use."""

import re

from sim.fleet.inventories.texts import UNREADABLE
from sim.fleet.reading import quoted

LONGEST_NAME = 255
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def unusable_name(name: str) -> str:
    """Return why a name cannot be used; an empty text when it can."""
    if not name:
        return "the row has no name"
    if UNREADABLE in name:
        return f"the name {quoted(name)} holds signs that are not of the file's encoding"
    if _CONTROL.search(name):
        return f"the name {quoted(name)} holds a control character"
    if len(name) > LONGEST_NAME:
        return f"the name {quoted(name)} is longer than {LONGEST_NAME} letters"
    return ""
