"""Which files to take along are written of an outline, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from ncsi.clean_process import give_back
from ncsi.errors import PublicationError
from ncsi.report.figures import Drawing
from ncsi.report.share.outline import Outline
from ncsi.report.share.pictures import brief, card, long_picture
from ncsi.spec import LANGUAGES
from ncsi.spec.publication import Format

_LIBRARIES: dict[Format, tuple[str, str]] = {"docx": ("docx", "python-docx"), "pptx": ("pptx", "python-pptx")}


def require_libraries(formats: Sequence[Format]) -> None:
    """Raises PublicationError where the library that writes a format is not installed."""
    for one in formats:
        module, package = _LIBRARIES.get(one, ("", ""))
        if module and find_spec(module) is None:
            raise PublicationError(
                f"{one} needs {package}, which is not installed. Run `pip install 'ncsi[office]'`, or leave {one} out "
                "of --formats."
            )


def write_office(
    outline: Outline, drawings: Mapping[str, Drawing], formats: Sequence[Format], folder: Path, name: str
) -> None:
    """`<name>.zh.docx`, `<name>.en.docx` and so on, of the formats asked for. `drawings`: those of the report.

    The same outline gives the same bytes.
    """
    if "png" in formats:
        (folder / f"{name}.og.png").write_bytes(card(outline, folder))
    for language in LANGUAGES:
        if "long" in formats:
            (folder / f"{name}.long.{language}.png").write_bytes(long_picture(outline, language, folder))
        if "brief" in formats:
            (folder / f"{name}.brief.{language}.pdf").write_bytes(brief(outline, language, folder))
        if "docx" in formats:
            from ncsi.report.share.word import word

            (folder / f"{name}.{language}.docx").write_bytes(word(outline, drawings, language))
        if "pptx" in formats:
            from ncsi.report.share.slides import slides

            (folder / f"{name}.{language}.pptx").write_bytes(slides(outline, language))
    if {"docx", "pptx"}.intersection(formats):
        give_back()  # their trees of XML; what pages and PDFs take, the next ones take again
