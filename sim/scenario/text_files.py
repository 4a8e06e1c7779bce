"""Text files as people save them: UTF-8 with or without a mark, any line ends, nothing else."""

import codecs
from pathlib import Path

from sim.errors import Problem, UnusableInput

MAX_BYTES = 2_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: str | Path, what_for: str = "scenario") -> str:
    """Return the text of the file at *path*.

    Raises UnusableInput when it is missing, unreadable, a directory, empty, too large, binary,
    or not UTF-8.
    """
    file = str(path)
    content, problem = _content(Path(path), what_for)
    if problem is None:
        text, problem = _decoded(content)
        if problem is None:
            return text
    raise UnusableInput([Problem(*problem, file=file)])


_Trouble = tuple[str, str, str]
"""What is wrong, no place, what was expected."""


def _content(path: Path, what_for: str) -> tuple[bytes, _Trouble | None]:
    try:
        if path.is_dir():
            return b"", ("this is a directory", "", f"name a {what_for} file")
        if path.exists() and not path.is_file():
            return b"", ("this is no ordinary file", "", f"name a {what_for} file")
        if path.stat().st_size > MAX_BYTES:
            expected = "at most 2 MB; a fleet belongs in a CSV or Parquet file"
            return b"", ("the file is too large", "", expected)
        return path.read_bytes(), None
    except FileNotFoundError:
        return b"", ("there is no such file", "", "")
    except (OSError, ValueError):
        return b"", ("the file cannot be read", "", "check its name and permissions")


def _decoded(content: bytes) -> tuple[str, _Trouble | None]:
    if not content.strip():
        return "", ("the file is empty", "", "")
    if content.startswith(_UTF_16):
        return "", ("the file is UTF-16", "", "save it as UTF-8")
    if b"\0" in content:
        return "", ("the file is binary, not text", "", "save it as text in UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", (f"line {line} is not UTF-8", "", "save the file as UTF-8")
