"""docs/terminology.md knows every construct under its labels, and every band."""

from pathlib import Path

import pytest

from ncsi.spec import load_bands, load_instrument, presets

TERMS = (Path(__file__).parents[3] / "docs" / "terminology.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", presets())
def test_constructs_are_in_the_table(preset):
    rows = {line.split("|")[1].strip(): line for line in TERMS.splitlines() if line.startswith("| ")}
    for construct in load_instrument(preset).constructs:
        row = rows[construct.id]
        assert construct.label.zh in row
        assert construct.label.en in row


def test_bands_are_named():
    for band in load_bands().bands:
        assert f"{band.label.zh} {band.label.en.lower()}" in TERMS
