"""The command line: a module for each command, which imports what is slow only when it runs."""

import errno
import io
import os
import sys
from contextlib import suppress

import click

from sim.cli import console
from sim.cli.baseline import baseline_group
from sim.cli.check import check_command
from sim.cli.compare import compare_command
from sim.cli.explain import explain_command, rules_command
from sim.cli.fleet import fleet_group
from sim.cli.init import init_command, schema_command
from sim.cli.lint import lint_command
from sim.cli.run import run_command
from sim.errors import FleetsimError, ProcessEnded, ReplicationError, UnusableInput
from sim.version import __version__

MAX_RECURSION = 20_000
"""Enough for long chains of collections and paths, which are followed by recursion."""

EPILOG = (
    "Exit codes: 0 done, 1 an expectation failed (check), 2 scenario or options unusable, or lint"
    " finds an error, 3 regression against the baseline (check), 4 inconclusive (check), 5 no"
    " baseline yet, or none that can be read (check), 70 internal error, 130 interrupted."
    " A run ends with 0 even if an expectation failed."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fleetsim")
def fleetsim() -> None:
    """Simulate a Defender for Endpoint rollout with Configuration Manager before you start it.

    Begin with `fleetsim init`, then run `fleetsim run` on the scenario that it wrote.
    """


for command in (
    run_command,
    check_command,
    baseline_group,
    init_command,
    lint_command,
    compare_command,
    explain_command,
    rules_command,
    schema_command,
    fleet_group,
):
    fleetsim.add_command(command)


def run_command_line(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of the contract."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console need not show every letter
    console.go_on_without_readers()
    sys.setrecursionlimit(MAX_RECURSION)
    code = exit_code(arguments)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = _output_failed(error, code)
    sys.exit(code)


def exit_code(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; problems go to standard error."""
    try:
        return int(fleetsim.main(arguments, prog_name="fleetsim", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as help_page:
        help_page.show()
        return console.UNUSABLE
    except click.ClickException as error:
        console.say(console.printable_line(_option_problem(error)), err=True)
        return console.UNUSABLE
    except UnusableInput as error:
        for problem in error.problems:
            console.say(console.printable_line(problem), err=True)
        return console.UNUSABLE
    except ProcessEnded as error:
        console.say(console.printable_line(error), err=True)
        return console.INTERNAL
    except ReplicationError as error:
        return _internal(error)
    except FleetsimError as error:
        console.say(console.printable_line(error), err=True)
        return console.UNUSABLE
    except (KeyboardInterrupt, click.Abort):
        console.say("Interrupted; nothing was written.", err=True)
        return console.INTERRUPTED
    except SystemExit:  # the way click ends if nobody reads the output any more
        _mute()
        return console.PASSED
    except OSError as error:
        return _refused_by_the_system(error)
    except Exception as error:
        return _internal(error)


def _option_problem(error: click.ClickException) -> str:
    """Return a problem of the options on one line, with the command that shows its help."""
    text = error.format_message().removesuffix(".")
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "fleetsim"
        return f"{text}; see {command} --help"
    return text


_REFUSALS = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.EROFS)
"""The errors of a file system that come from names and folders that a person typed."""


def _refused_by_the_system(error: OSError) -> int:
    if error.errno == errno.ENOSPC:
        return _output_failed(error, console.PASSED)
    if error.errno not in _REFUSALS or error.filename is None:
        return _internal(error)
    name = os.fsdecode(error.filename)
    console.say(
        console.printable_line(f"{name} cannot be used: {os.strerror(error.errno)}"), err=True
    )
    return console.UNUSABLE


def _output_failed(error: OSError, code: int) -> int:
    """Stay quiet if nobody reads on (`| head`), else say that the output is incomplete."""
    _mute()
    if error.errno in (errno.EPIPE, errno.EINVAL):
        return code
    why = os.strerror(error.errno) if error.errno else str(error)
    console.say(f"the output cannot be written: {why}", err=True)
    return console.UNUSABLE


def _mute() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _internal(error: Exception) -> int:
    """Report a bug of fleetsim without a traceback; FLEETSIM_TRACEBACK=1 shows the traceback."""
    if os.environ.get("FLEETSIM_TRACEBACK"):
        raise error
    kind = type(error).__name__
    console.say(f"internal error ({kind}): {error}", err=True)
    console.say("This is a bug in fleetsim. FLEETSIM_TRACEBACK=1 shows the traceback.", err=True)
    return console.INTERNAL
