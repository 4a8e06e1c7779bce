"""The pictures, each drawn by one function for the report, for Python and for the commands.

Where the user's folder for settings cannot be written, matplotlib makes a temporary one and deletes
it at the end. It needs no warning: the pictures follow no settings of the user.
"""

import logging

_OF_THE_FOLDER = ("mkdir -p failed", "is not a writable directory", "created a temporary cache")


def _is_needed(record: logging.LogRecord) -> bool:
    """Say whether a message of matplotlib is about anything but its folder for settings."""
    return not any(words in str(record.msg) for words in _OF_THE_FOLDER)


logging.getLogger("matplotlib").addFilter(_is_needed)  # before matplotlib is imported
