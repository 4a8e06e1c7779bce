"""A faultless device to bend in tests: every trait as it should be, one argument to change it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits that decisions look at, all well unless said otherwise."""

    os: str = "windows-11-24h2"
    product_type: str = "client"
    edition: str = "enterprise"
    managed_by: str = "configmgr"
    client: str = "active"
    client_version: str = "2403"
    esu: bool | date | None = False
    fully_updated: bool = True
    telemetry_update: bool = True
    universal_crt: bool = True
    servicing_stack: date | None = date(2024, 1, 9)
    cumulative_update: date | None = date(2024, 1, 9)
    antivirus: str = "enabled"
    dotnet: bool = True
    clock_ok: bool = True
    network: str = "ok"
    restart_pending: bool = False
    agent: str = "none"
    agent_version: str = ""
