"""Hashes of small values: seeds of their own for units, versions and fingerprints."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def sha256_of(*parts: Any) -> str:
    """SHA-256 (hex) of the parts as JSON."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def seed_of(*parts: Any) -> int:
    """A 64-bit seed from the parts, so that units can be computed in any order with the same result."""
    return int(sha256_of(*parts)[:16], 16)
