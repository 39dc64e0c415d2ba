"""`manifest.tsr`: whether a time stamp (RFC 3161) is one of this manifest. The only door to rfc3161_client.

What is checked is what was stamped, not by whom: the authority's signature needs its certificate, which nobody but the
reader can choose (docs/operate.md).
"""

from __future__ import annotations

import hashlib

from rfc3161_client import PKIStatus, decode_timestamp_response

_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
"""By object identifier; SHA-1 and MD5 say nothing any more."""


def time_stamp_problem(response: bytes, stamped: bytes) -> str | None:
    """What is wrong with an authority's response as a time stamp of `stamped`; None where it is one."""
    try:
        found = decode_timestamp_response(response)
        granted = found.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        imprint = found.tst_info.message_imprint if granted else None
    except ValueError:
        return "is no time stamp of RFC 3161"
    if imprint is None:
        return "is an authority's refusal to stamp"
    hashed = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if hashed is None:
        return f"stamps a hash that is not SHA-2 ({imprint.hash_algorithm.dotted_string})"
    return None if imprint.message == hashed(stamped).digest() else "stamps another manifest, not this one"
