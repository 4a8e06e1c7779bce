"""JSON on standard output is JSON, whatever letters the console or the pipe can encode."""

import json
import subprocess
import sys

import pytest

from tests.cli.commands import changed, environment, write

NAMED = changed(("name: Small rollout", "name: Größe → 中"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "s.yaml", "--format", "json"),
        ("lint", "s.yaml", "--format", "json"),
        ("lint", "s.yaml", "--format", "sarif"),
        ("compare", "s.yaml", "s.yaml", "--format", "json"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_nothing_is_lost_in_any_encoding(arguments, encoding, tmp_path):
    write(tmp_path, NAMED)

    command = [sys.executable, "-m", "sim", *arguments]
    variables = environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=False)

    told = json.dumps(json.loads(ended.stdout.decode(encoding)), ensure_ascii=False)
    assert "?" not in told.replace("?}", "")
    if arguments[0] != "lint":
        assert "Größe → 中" in told
