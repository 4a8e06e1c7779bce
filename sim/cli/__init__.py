"""The command line: one door, commands in modules of their own, everything heavy imported late."""

import os
import sys

import click

from sim import __version__
from sim.cli.exits import INTERNAL, INTERRUPTED, UNUSABLE
from sim.cli.explaining import explain, rules
from sim.cli.fleets import fleet
from sim.cli.running import run
from sim.cli.starting import init, schema
from sim.errors import FleetsimError, ReplicationError, UnusableInput

EPILOG = (
    "Exit codes: 0 passed, 1 an expectation failed, 2 scenario or options unusable, 3 regression,"
    " 4 inconclusive, 5 baseline missing, 70 internal error, 130 interrupted."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fleetsim")
def fleetsim() -> None:
    """Rehearse a Defender for Endpoint rollout through Configuration Manager before you do it.

    Begin with `fleetsim init`, then `fleetsim run` on the scenario that it wrote.
    """


for command in (run, init, explain, rules, schema, fleet):
    fleetsim.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of the contract."""
    sys.exit(exit_code(arguments))


def exit_code(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; problems go to standard error."""
    try:
        return int(fleetsim.main(arguments, prog_name="fleetsim", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except UnusableInput as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return UNUSABLE
    except ReplicationError as error:
        return _internal(error)
    except FleetsimError as error:
        click.echo(str(error), err=True)
        return UNUSABLE
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; nothing was written.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _internal(error)


def _internal(error: Exception) -> int:
    """Tell of an error of our own in one line; FLEETSIM_TRACEBACK=1 shows where it arose."""
    if os.environ.get("FLEETSIM_TRACEBACK"):
        raise error
    kind = type(error).__name__
    click.echo(f"internal error ({kind}): {error}", err=True)
    click.echo("This is a fault of fleetsim. FLEETSIM_TRACEBACK=1 shows where it arose.", err=True)
    return INTERNAL
