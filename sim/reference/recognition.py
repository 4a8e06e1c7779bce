"""Recognizing an operating system in what inventories and exports call it (OS-5).

Product type and build decide together, because several builds are a client and a server at once.
The name supplies the product type where none is given, and the release where no build is given.
"""

import re

from sim.reference.catalogue import OPERATING_SYSTEMS, OperatingSystem

_BUILD = re.compile(r"(?:\d{1,2}\.\d\.)?(\d{4,5})(?:\.\d+)?")
_NT_VERSION = re.compile(r"\bnt\b.*\b(6\.[123])\b")
_CLIENT_NAME = re.compile(r"windows\s*(7|8\.1|8|10|11)(?![\d.])")
_CLIENT_RELEASE = re.compile(r"(?<!\d)(1[5-9]\d\d|2004|2\dh[12])(?!\d)")
_SERVER_YEAR = re.compile(r"server\D*?(2008\s*r2|2012\s*r2|2012|2016|2019|2022|2025)(?!\d)")
_SERVER_CHANNEL = re.compile(r"(?<!\d)(1709|180[39]|190[39]|2004|20h2)(?!\d)")
_SAYS_CHANNEL = re.compile(r"\bsac\b|semi-annual|(?<!\d)1809(?!\d)")

_BY_NT_VERSION = {
    ("client", "6.1"): "windows-7",
    ("client", "6.3"): "windows-8.1",
    ("server", "6.1"): "server-2008-r2",
    ("server", "6.2"): "server-2012",
    ("server", "6.3"): "server-2012-r2",
}


def classify(
    name: str | None, build: str | int | None, product_type: str | None
) -> OperatingSystem | None:
    """Place a device in the catalogue, or return None when nothing certain can be said (OS-5).

    *name* is an id of the catalogue or what an export says, *build* a number such as 19045 or a
    version such as `10.0.19045.3324`, *product_type* a word of the fleet table. An id decides
    alone; otherwise product type and build do; the name fills in for either of them.

    >>> classify("Microsoft Windows NT Workstation 10.0", "10.0.19045.3324", None).id
    'windows-10-22h2'
    """
    words = (name or "").strip().casefold()
    if words in OPERATING_SYSTEMS:
        return OPERATING_SYSTEMS[words]
    kind = _kind(words, product_type)
    if build is None or not str(build).strip():
        return _by_name(words, kind)
    return _by_build(words, str(build).strip(), kind)


def _kind(words: str, product_type: str | None) -> str:
    """The product type, client or server, given or read from the name; empty when neither says."""
    if product_type:
        return "server" if product_type == "domain_controller" else product_type
    if "server" in words:
        return "server"
    return "client" if "workstation" in words or _CLIENT_NAME.search(words) else ""


def _by_build(words: str, build: str, kind: str) -> OperatingSystem | None:
    number = _BUILD.fullmatch(build)
    if number is None:
        return None
    found = [
        os
        for os in OPERATING_SYSTEMS.values()
        if os.build == int(number.group(1)) and kind in ("", os.product_type)
    ]
    if kind == "server" and len(found) > 1:
        return OPERATING_SYSTEMS[
            "server-sac-1809" if _SAYS_CHANNEL.search(words) else "server-2019"
        ]
    return found[0] if len(found) == 1 else None


def _by_name(words: str, kind: str) -> OperatingSystem | None:
    by_nt_version = _NT_VERSION.search(words)
    if by_nt_version:
        id = _BY_NT_VERSION.get((kind, by_nt_version.group(1)), "")
    else:
        id = _server_id(words) if kind == "server" else _client_id(words)
    return OPERATING_SYSTEMS.get(id)


def _server_id(words: str) -> str:
    year = _SERVER_YEAR.search(words)
    if year:
        return "server-" + re.sub(r"\s*r2", "-r2", year.group(1))
    if re.search(r"(?<!\d)23h2(?!\d)", words):
        return "server-23h2"
    channel = _SERVER_CHANNEL.search(words)
    return f"server-sac-{channel.group(1)}" if channel else ""


def _client_id(words: str) -> str:
    family = _CLIENT_NAME.search(words)
    if family is None:
        return ""
    if family.group(1) in ("7", "8.1"):
        return f"windows-{family.group(1)}"
    release = _CLIENT_RELEASE.search(words, family.end())
    return f"windows-{family.group(1)}-{release.group(1)}" if release else ""
