"""A synthetic export of an instrument, as a platform writes it, to try a questionnaire and its map with."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ncsi import atomic
from ncsi.errors import SpecError
from ncsi.simulate.platforms import write_export
from ncsi.simulate.worded_survey import survey_of
from ncsi.spec import Instrument, Language


def write_example(
    instrument: Instrument, platform: str, path: Path, rows: int, language: Language = "zh", seed: int = 1
) -> None:
    """Write an export of `rows` invented answers in the instrument's own words; the same arguments write the same file.

    Raises SpecError where the file is there already or has an ending that the platform does not write. KeyError for an
    unknown platform.
    """
    if path.exists():
        raise SpecError(str(path), "it is there already", "Name another file")
    texts = {item.id: item.question.text(language) for item in instrument.items}
    survey = survey_of(instrument, texts, language, seed=seed, rows=rows)
    with tempfile.TemporaryDirectory() as folder:
        written = write_export(survey, platform, Path(folder)).path
        if written.suffix != path.suffix:
            raise SpecError(
                str(path), f"{platform} writes {written.suffix}", f"Call the file {path.stem}{written.suffix}"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, written.read_bytes())
