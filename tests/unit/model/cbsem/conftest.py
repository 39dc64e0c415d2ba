"""Small instruments, by the items of their constructs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ncsi.spec import Instrument


@pytest.fixture(scope="session")
def instrument_of() -> Callable[..., Instrument]:
    """(items by construct, paths) → an instrument whose target is B."""
    return _instrument


@pytest.fixture(scope="session")
def two_blocks() -> Instrument:
    """A → B, of three items each."""
    return _instrument({"A": ("a1", "a2", "a3"), "B": ("b1", "b2", "b3")}, [("A", "B")])


def _text(value: str) -> dict[str, str]:
    return {"zh": value, "en": value}


def _instrument(blocks: dict[str, tuple[str, ...]], paths: list[tuple[str, str]]) -> Instrument:
    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1",
            "id": "small",
            "version": "1.0.0",
            "label": _text("small"),
            "respondent": _text("buyer"),
            "modelled_on": "nothing",
            "target": "B",
            "constructs": [
                {
                    "id": name,
                    "label": _text(name),
                    "items": [{"id": item, "label": _text(item), "question": _text(item)} for item in items],
                }
                for name, items in blocks.items()
            ],
            "paths": [{"from": source, "to": target} for source, target in paths],
        }
    )
