"""The one way in which JSON files are written."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON file in UTF-8 with two spaces of indent and a final newline."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", "utf-8", newline="\n")
