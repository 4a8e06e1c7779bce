"""A plan step in words, as the report and the plan's table show it."""

from sim.scenario.model import FromEnvironment, Step, step_verb
from sim.units import format_duration

_TIMING = ("name", "by", "at", "after", "when", "otherwise")
_SMALL_WORDS = {"to", "from", "on", "in", "within"}


def step_words(step: Step) -> str:
    """Return what a step does, such as `deploy Onboard to Pilot, Broad`; never a secret's value."""
    verb = step_verb(step) or ""
    written = {
        (field.alias or name): getattr(step, name)
        for name, field in type(step).model_fields.items()
        if name not in _TIMING
    }
    parts = [f"{verb.replace('_', ' ')} {_value(written.pop(verb))}"]
    for key, value in written.items():
        if value is not None:
            joint = " " if key in _SMALL_WORDS else ", "
            value = format_duration(value) if key == "within" else value
            parts.append(f"{joint}{key.replace('_', ' ')} {_value(value)}")
    return "".join(parts)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_value(one)}" for name, one in value.items())
    if isinstance(value, FromEnvironment):
        return f"from ${value.env}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
