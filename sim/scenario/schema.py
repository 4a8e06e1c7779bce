"""The JSON Schema of scenario files, for editors: what may be written, with every short form.

It is derived from the models; only what pydantic cannot know is added here.
"""

from typing import Any

from sim.scenario.model import Scenario
from sim.scenario.steps import STEP_KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIMINGS = ("at", "after", "when")
_SCALAR = {"type": ["string", "number", "boolean"]}

Schema = dict[str, Any]


def scenario_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a scenario file."""
    schema: Schema = _without_null(Scenario.model_json_schema(by_alias=True, mode="validation"))
    parts = schema["$defs"]
    for kind in STEP_KINDS.values():
        parts[kind.__name__]["oneOf"] = [{"required": [timing]} for timing in _TIMINGS]
        parts[kind.__name__]["dependentRequired"] = {"otherwise": ["when"]}
    window = parts["MaintenanceWindow"]
    window["oneOf"] = [{"required": [key]} for key in ("weekly", "daily", "monthly")]
    parts["FleetSource"].update(minProperties=1, maxProperties=1)
    schema["properties"]["assumptions"].update(additionalProperties=_SCALAR)
    short = {"type": "string", "minLength": 1, "description": "the expression alone"}
    expect = schema["properties"]["expect"]
    expect["items"] = {"anyOf": [short, expect["items"]]}
    return {"$schema": DIALECT, **schema, "title": "fleetsim scenario"}


def _is_other_form(default: Any, part: Schema) -> bool:
    """Return whether a default is an inner number where text such as `5 %` is written."""
    return part.get("type") == "string" and not isinstance(default, str)


def _without_null(part: Any) -> Any:
    """Return a part of the schema without null: an empty value is an error in a scenario."""
    if isinstance(part, list):
        return [_without_null(item) for item in part]
    if not isinstance(part, dict):
        return part
    without = {
        key: _without_null(value)
        for key, value in part.items()
        if not (key == "default" and (value is None or _is_other_form(value, part)))
    }
    if str(without.get("description")).startswith("None: "):
        without["description"] = f"Without it: {without['description'].removeprefix('None: ')}"
    choices = [choice for choice in without.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**{key: value for key, value in without.items() if key != "anyOf"}, **choices[0]}
    return {**without, "anyOf": choices} if choices else without
