"""Text files are written by `sim.files` alone."""

import re
from pathlib import Path

import sim

PACKAGE = Path(sim.__file__).parent
WRITES = re.compile(
    r"""\.write_text\(|open\([^)\n]*["'][wax]\+?["']|os\.replace|\.rename\((?!["'])"""
)


def test_no_other_module_opens_a_text_file_to_write_or_moves_one_into_place():
    """One module knows encoding and line ends, and what whole or not at all means."""
    writers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if WRITES.search(path.read_text("utf-8"))
    }

    assert writers == {"files.py"}
