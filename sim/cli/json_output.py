"""Printing JSON so that it is the same JSON whatever the console's or the pipe's encoding is."""

import sys
from typing import Any

import click


def echo_json(document: dict[str, Any]) -> None:
    """Print a document as JSON; letters that standard output cannot encode are escaped."""
    click.echo(json_text(document))


def json_text(document: dict[str, Any]) -> str:
    """Return a document as JSON, in letters that standard output can encode."""
    import json

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    plain = encoding != "utf8"
    return json.dumps(document, indent=2, ensure_ascii=plain, allow_nan=False)
