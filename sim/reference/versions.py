"""Versions of ConfigMgr, of the site and of its clients: how they are written and compared."""

import re
from bisect import bisect_right

_CLIENT_BUILDS = (
    (8325, 1511), (8355, 1602), (8412, 1606), (8458, 1610), (8498, 1702), (8540, 1706),
    (8577, 1710), (8634, 1802), (8692, 1806), (8740, 1810), (8790, 1902), (8853, 1906),
    (8913, 1910), (8968, 2002), (9012, 2006), (9040, 2010), (9049, 2103), (9058, 2107),
    (9068, 2111), (9078, 2203), (9088, 2207), (9096, 2211), (9106, 2303), (9122, 2309),
    (9128, 2403), (9132, 2409), (9135, 2503), (9141, 2509),
)  # fmt: skip
"""First build of the client of each current branch version. General knowledge up to 2403."""

_CLIENT_BUILD = re.compile(r"5\.0?0\.(\d{4})(?:\.\d+)*")


def client_version_number(text: str) -> int:
    """Read a current branch version, written `2403` or as a client build `5.00.9128` (DWN-3).

    A build between two known ones counts as the older; raises ValueError for anything else.

    >>> client_version_number("2403"), client_version_number("5.00.9128.1007")
    (2403, 2403)
    """
    written = text.strip()
    if re.fullmatch(r"\d{4}", written):
        return int(written)
    build = _CLIENT_BUILD.fullmatch(written)
    if build is None or int(build.group(1)) < _CLIENT_BUILDS[0][0]:
        raise ValueError(f"not a current branch version: {text}")
    position = bisect_right(_CLIENT_BUILDS, (int(build.group(1)), 9999))
    return _CLIENT_BUILDS[position - 1][1]
