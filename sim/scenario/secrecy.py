"""Which places of a scenario may hold a secret: no message repeats what stands there (POL-3).

A person in a hurry pastes the workspace key where only `present` belongs. Whatever is written
in such a place, as a value or as a key, is never repeated.
"""

from collections.abc import Mapping
from typing import Any

Loc = tuple[str | int, ...]

WORKSPACE_WORDS = "present, absent, wrong or {env: NAME}"
NEVER_THE_VALUE = f"write {WORKSPACE_WORDS}; the value itself never belongs in a scenario"

_STEP_KEYS = {"set_workspace", "name", "by", "at", "after", "when", "otherwise"}
_SECRET_WORDS = ("workspace", "secret", "password", "token")


def is_secret_place(loc: Loc, root: object = None) -> bool:
    """Tell whether what stands at *loc* of the plain values *root* may be a secret."""
    return any(_is_secret_key(part) for part in loc) or _is_in_workspace_step(loc, root)


def _is_secret_key(part: str | int) -> bool:
    if isinstance(part, int) or part == "set_workspace":
        return False
    return part in ("id", "key") or any(word in part.casefold() for word in _SECRET_WORDS)


def _is_in_workspace_step(loc: Loc, root: object) -> bool:
    if len(loc) < 3 or loc[0] != "plan":
        return False
    return loc[2] not in _STEP_KEYS and "set_workspace" in _step(root, loc[1])


def _step(root: object, index: str | int) -> Mapping[str, Any]:
    plan = root.get("plan") if isinstance(root, Mapping) else None
    if isinstance(plan, tuple) and isinstance(index, int) and index < len(plan):
        step = plan[index]
        return step if isinstance(step, Mapping) else {}
    return {}


def shown(loc: Loc, root: object = None) -> Loc:
    """Return *loc* without a key that could itself be a secret, written in a secret place."""
    for depth in range(1, len(loc)):
        parent, key = loc[:depth], loc[depth]
        inside = is_secret_place(parent, root) or _is_in_workspace_step(loc[: depth + 1], root)
        if inside and isinstance(key, str) and key not in ("id", "key", "env"):
            return parent
    return loc
