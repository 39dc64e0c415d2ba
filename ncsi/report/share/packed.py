"""Office files as zips that repeat: no date of the day they were written, whatever writes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NESTED = (".xlsx", ".docx", ".pptx")
Edit = Callable[[str, bytes], bytes]


def unedited(_name: str, content: bytes) -> bytes:
    """A part as it is."""
    return content


def repacked(content: bytes, edit: Edit = unedited) -> bytes:
    """The same zip, its parts as `edit` makes them of their name and content, in their order and dated alike; office
    files inside of it too."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in old.namelist():
            part = edit(name, old.read(name))
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o600 << 16
            new.writestr(entry, repacked(part) if name.endswith(_NESTED) else part)
    return packed.getvalue()
