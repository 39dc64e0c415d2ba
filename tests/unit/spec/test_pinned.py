"""Copies of questionnaires that somebody damaged: refused in words, and written again."""

from __future__ import annotations

import os

import pytest

from ncsi.errors import SpecError
from ncsi.spec import load_instrument
from ncsi.spec.pinned import Pin, differing, read_pins, write_pins

PINS = {"only": Pin.of(load_instrument("ccsi"))}


@pytest.fixture
def folder(tmp_path):
    write_pins(tmp_path, "2026", PINS)
    return tmp_path


def nested(_, of_wave):
    of_wave.write_text("[" * 100_000)


def pipe(copy, _):
    copy.unlink()
    os.mkfifo(copy)


def other_bytes(copy, _):
    copy.write_bytes(b"\xff\xfe")


def elsewhere(copy, of_wave):
    of_wave.write_text(of_wave.read_text(encoding="utf-8").replace(copy.stem, "../../../secret"))


@pytest.mark.parametrize("damage", [nested, pipe, other_bytes, elsewhere])
def test_a_damaged_copy_is_refused_and_written_again(folder, damage):
    pinned = folder / "pinned"
    damage(pinned / f"{PINS['only'].sha256}.json", pinned / "2026.json")
    with pytest.raises(SpecError, match=r"2026\.json.*cannot be read.*ncsi audit --repair"):
        read_pins(folder, "2026")
    assert list(differing(folder, "2026", PINS)) == ["only"]
    write_pins(folder, "2026", PINS)
    assert read_pins(folder, "2026") == PINS
