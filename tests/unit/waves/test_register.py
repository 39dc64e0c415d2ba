"""The states of a wave: which steps are legal from each, and where they lead."""

from __future__ import annotations

import pytest

from ncsi.errors import IllegalMove
from ncsi.waves.register import NEW, Standing, legal, moved, takes_files


def walk(*steps, start=NEW):
    for step in steps:
        name, _, revision = step.partition(":")
        start = moved("2026Q1", start, name, int(revision) if revision else None)
    return start


@pytest.mark.parametrize(
    ("steps", "standing"),
    [
        (("collect",), Standing("fielding")),
        (("collect", "close"), Standing("closed", True)),
        (("collect", "close", "reopen"), Standing("fielding")),
        (("collect", "close", "estimate"), Standing("estimated", True)),
        (("collect", "estimate", "collect"), Standing("fielding")),  # its results are out of date
        (("collect", "close", "estimate", "approve"), Standing("approved", True)),
        (("collect", "close", "estimate", "approve", "estimate"), Standing("estimated", True)),
        (("collect", "estimate", "publish:0"), Standing("published", False, 0)),  # no approvals are asked for
        (("collect", "estimate", "publish:0", "collect", "estimate"), Standing("published", False, 0)),
        (("collect", "close", "estimate", "publish:0", "publish:1"), Standing("revised", True, 1)),
        (("collect", "estimate", "publish:0", "close", "reopen"), Standing("published", False, 0)),
    ],
)
def test_steps_lead_to_a_state(steps, standing):
    assert walk(*steps) == standing


@pytest.mark.parametrize(
    ("steps", "wrong", "said"),
    [
        ((), "close", "it is planned, so `close` is not possible. Possible: `collect`"),
        ((), "publish", "Possible: `collect`"),
        (("collect",), "approve", "it is fielding.*Possible: `collect`, `close`, `estimate`"),
        (("collect",), "publish", "it is fielding"),
        (("collect", "close"), "collect", "it is closed.*Possible: `reopen`, `estimate`"),
        (("collect", "close"), "close", "it is closed"),
        (("collect",), "reopen", "it is fielding"),
        (
            ("collect", "close", "estimate"), "collect",
            "it is estimated and closed.*Possible: `reopen`, `estimate`, `approve`, `publish`",
        ),
        (("collect", "estimate", "publish:0"), "new", "it is published"),
    ],
)  # fmt: skip
def test_what_is_not_legal_says_what_is(steps, wrong, said):
    standing = walk(*steps)
    assert wrong not in legal(standing)
    with pytest.raises(IllegalMove, match=f"wave 2026Q1: .*{said}"):
        moved("2026Q1", standing, wrong)


def test_a_closed_wave_that_is_out_takes_files_for_a_revision_that_is_not_out_yet():
    assert takes_files(Standing("fielding"), 0)
    assert not takes_files(Standing("estimated", True), 1)
    assert not takes_files(Standing("published", True, 0), 0)
    assert takes_files(Standing("published", True, 0), 1)
    assert not takes_files(Standing("revised", True, 1), 1)
