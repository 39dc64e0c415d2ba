"""The register of waves: every move from one state to the next, with who made it, when and why."""

from __future__ import annotations

from ncsi.tables.base import WAVE, Column, Table, integer, text
from ncsi.tables.rules import NEVER

CORE_WAVE_MOVES = Table(
    "core_wave_moves",
    "Moves of each wave through its states, in the order they were made; the last one says where it stands",
    ("wave", "move"),
    (
        WAVE,
        integer("move", "number within the wave, from 1"),
        text("step", "what moved it: new, collect, close, reopen, estimate, approve, publish, withdraw"),
        text("earlier_state", "state before; empty text where the wave was not registered"),
        text("state", "planned, fielding, closed, estimated, approved, published, revised or withdrawn"),
        Column("closed", "flag", "whether further files are refused"),
        integer(
            "revision", "revision that is out, the first release being 0; null where none is", nullable=True
        ),
        Column("moved_at", "timestamp", "when, UTC", "UTC"),
        text("moved_by", "who"),
        text("reason", "why; empty text where a command moved it by itself"),
        text("spec_sha256", "hash of the wave file at that time, its revisions aside"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
