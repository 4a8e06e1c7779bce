"""What a decision of the product looks like.

Every decision names its rule, so that a log row, a result and `explain` can cite it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of applying one rule to one device or one plan step."""

    rule: str
    """The id of the rule that decided."""
    route: str = ""
    """A word of ROUTES when the decision is about the way a device onboards."""
    agent: str = ""
    """The agent that way needs: empty, `mde_client` or `mma`."""
    cause: str = ""
    """A word of CAUSES or REFUSALS when the rule refuses; empty when it lets pass."""

    @property
    def refused(self) -> bool:
        """Whether the rule refuses what was asked."""
        return self.cause != ""
