"""What lint says about a scenario: one finding each, at its place in the file."""

from dataclasses import dataclass

from sim.lint.catalogue import Check


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint has to say."""

    check: Check
    what: str
    """A sentence without its stop; never repeats a value that could be a secret."""
    advice: str
    """What to do."""
    rule: str
    """The rule of the product behind it; empty where the matter is the language's own."""
    file: str
    line: int
    path: str
    """The place inside the file, such as `plan[pilot].when`."""
    cause: str = ""
    """A word of the vocabulary's causes, where devices fail."""
    devices: tuple[str, ...] = ()
    """The names of the devices concerned, in order."""

    @property
    def id(self) -> str:
        """The stable id of the check."""
        return self.check.id

    @property
    def severity(self) -> str:
        """`error`, `warning` or `note`."""
        return self.check.severity
