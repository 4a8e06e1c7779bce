"""Commands that run again what was found, to be copied into any shell."""

import os
import re
import shlex
from pathlib import PurePath

_NEEDS_QUOTES = re.compile(r"[^\w./:@%+=,-]")
_READ_IN_QUOTES = re.compile(r'["$`!]' if os.name == "nt" else r'["$`!\\]')


def run_command(file: str, seed: int) -> str:
    """Return the command that runs a scenario again."""
    return f"fleetsim run {quoted(f'./{file}' if file.startswith('-') else file)} --seed {seed}"


def one_alone(file: str, seed: int, replication: int) -> str:
    """Return the options that run one of several replications, beside the folder of all."""
    folder = f"results/{PurePath(file).stem}-{seed}-replication-{replication}"
    return f"--replication {replication} --out {quoted(folder)}"


def quoted(text: str) -> str:
    """Return a text as shells take it.

    In double quotes where those suffice, as every shell knows them; in single ones where a shell
    would still read a sign within them.

    A backslash is one in double quotes on Windows alone, where paths are full of them.

    >>> quoted("plan.yaml"), quoted("plan b.yaml"), quoted("a$b")
    ('plan.yaml', '"plan b.yaml"', "'a$b'")
    """
    if not _NEEDS_QUOTES.search(text):
        return text
    return shlex.quote(text) if _READ_IN_QUOTES.search(text) else f'"{text}"'
