"""What a decision of the product looks like, and what it is decided from.

Every decision names its rule, so that a log row, a result and `explain` can cite it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


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


class DeviceTraits(Protocol):
    """The columns of the fleet table that decisions are made from; all filled in."""

    @property
    def os(self) -> str:
        """Id of the catalogue; anything else counts as unsupported (OS-1)."""

    @property
    def product_type(self) -> str:
        """A word of PRODUCT_TYPES (OS-5)."""

    @property
    def edition(self) -> str:
        """A word of EDITIONS; empty takes the default edition (OS-3)."""

    @property
    def managed_by(self) -> str:
        """A word of MANAGED_BY (PRE-5)."""

    @property
    def client(self) -> str:
        """A word of CLIENTS: the state of the ConfigMgr client (PRE-2)."""

    @property
    def client_version(self) -> str:
        """Version or build of the ConfigMgr client (DWN-3)."""

    @property
    def esu(self) -> bool | date | None:
        """Extended Security Updates: yes, no, or their last day (OS-3)."""

    @property
    def fully_updated(self) -> bool:
        """Whether Server 2012 R2 has its latest monthly rollup (DWN-4)."""

    @property
    def telemetry_update(self) -> bool:
        """Whether the telemetry update is there (DWN-4)."""

    @property
    def universal_crt(self) -> bool:
        """Whether the Universal C Runtime is there (DWN-4)."""

    @property
    def servicing_stack(self) -> date | None:
        """Date of the servicing stack update; None counts as missing (DWN-5)."""

    @property
    def cumulative_update(self) -> date | None:
        """Date of the cumulative update; None counts as missing (DWN-5)."""

    @property
    def antivirus(self) -> str:
        """A word of ANTIVIRUS: the state of Defender Antivirus (DWN-5)."""

    @property
    def dotnet(self) -> bool:
        """Whether .NET is recent enough for MMA (FLT-5)."""

    @property
    def clock_ok(self) -> bool:
        """Whether the clock is right to within a quarter of an hour (FLT-5)."""

    @property
    def network(self) -> str:
        """A word of NETWORKS: the path to the service (FLT-2)."""

    @property
    def restart_pending(self) -> bool:
        """Whether Windows waits for a restart (FLT-4)."""

    @property
    def agent(self) -> str:
        """A word of AGENTS: what is installed."""

    @property
    def agent_version(self) -> str:
        """Version of MMA where it is there; empty when unknown (MMA-5)."""
