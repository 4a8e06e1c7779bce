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
    """A word of ROUTES if the decision is about the route of a device."""
    agent: str = ""
    """The agent that the route needs: empty, `mde_client` or `mma`."""
    cause: str = ""
    """A word of CAUSES or REFUSALS if the rule refuses; empty if it allows."""

    @property
    def refused(self) -> bool:
        """Whether the rule refuses what was asked."""
        return self.cause != ""
