"""XML of others, without what could make a small file large."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, fromstring

from ncsi.errors import ReadError

MAX_BYTES = 50 * 1024**2


def xml_of(name: str, content: bytes) -> Element:
    """The root element. Raises ReadError: too large, no XML, or with declarations of its own (entities)."""
    if len(content) > MAX_BYTES:
        raise ReadError(
            name, f"it is larger than {MAX_BYTES // 1024**2} MiB", "Export the questionnaire alone"
        )
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ReadError(
            name,
            "it declares a document type or entities",
            "Export the questionnaire from its platform again",
        )
    try:
        return fromstring(content)  # noqa: S314 - entities are refused above
    except (ParseError, ValueError, LookupError) as error:
        raise ReadError(name, f"it is no XML ({error})", "Export the questionnaire again") from error
