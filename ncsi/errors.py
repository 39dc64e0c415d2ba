"""The error tree. Each message names the file, row or field, the value, and what to do next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class NcsiError(Exception):
    """Base of every error this package raises on purpose; `ncsi` exits 1 on it."""

    exit_code = 1


class InputError(NcsiError):
    """Something the user supplied is wrong; `ncsi` exits 2 on it.

    Parameters: `where` (file, and row or key), `problem` (what is wrong, with the value where it is no
    respondent's answer), `cure` (what to do).
    """

    exit_code = 2

    def __init__(self, where: str, problem: str, cure: str) -> None:
        self.where, self.problem, self.cure = where, problem, cure
        super().__init__(f"{where}: {problem}. {cure}")

    def __reduce__(self) -> tuple[type[InputError], tuple[str, ...]]:
        """Come back whole from a worker process."""
        return type(self), (self.where, self.problem, self.cure)


class ArgumentError(InputError):
    """An argument of a call is not of the kind that the call declares."""


class SpecError(InputError):
    """An instrument, sector list, wave, map or settings file does not hold together."""


class ReadError(InputError):
    """A file cannot be read as the table it claims to be."""


class ConformError(InputError):
    """A readable file does not fit the instrument or the wave as a whole (columns, sectors)."""


class IllegalMove(InputError):
    """A step that a wave's state does not allow; says which are legal."""


class WeightingError(InputError):
    """A wave cannot be weighted as declared: names sector, margin and category."""


class LeftOut(InputError):
    """A category of `margin` that a replicate leaves out whole."""

    def __init__(self, where: str, problem: str, cure: str, margin: str) -> None:
        self.margin = margin
        super().__init__(where, problem, cure)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, ...]]:
        """Come back whole from a worker process."""
        return type(self), (self.where, self.problem, self.cure, self.margin)


class LonelyStratum(InputError):
    """A stratum of one cluster, of which nothing can be left out or drawn again."""


class CompositeError(InputError):
    """Data of a tree of indicators do not give its index as asked: names node, unit and value."""


class StoreError(NcsiError):
    """The store is missing, held by another process, damaged, or written by an unknown version."""


class NothingStored(StoreError):
    """There is no store, no backup or no result where the user looks for one, or something else lies there."""

    exit_code = 2


class ImpossibleFigure(StoreError):
    """A result that no data can give: an index outside 0-100, an interval without its estimate."""


class StoreDamaged(StoreError):
    """Something of the store or the ledger is not what was written; `damage` says where, what and the cure."""

    def __init__(self, damage: Damage) -> None:
        self.damage = damage
        super().__init__(str(damage))

    def __reduce__(self) -> tuple[type[StoreDamaged], tuple[Damage]]:
        """Come back whole from a worker process."""
        return type(self), (self.damage,)


class StoreBusy(StoreError):
    """Another process holds the store; trying again later can help."""


class ServerAway(NcsiError):
    """The server that runs are told to does not answer, or did not come up; nothing was begun."""


class ClusterAway(NcsiError):
    """The scheduler of a cluster does not answer, has no workers, or was lost."""


class WorkerDiffers(InputError):
    """A worker of a cluster has other code than we, or does not see the workspace."""


class WorkerDied(NcsiError):
    """The process that worked on an item was killed, or ran out of memory, with the machine to itself too."""

    def __init__(self, step: str, name: str) -> None:
        super().__init__(
            f"{step} {name}: the process that worked on it was killed or ran out of memory, and again when nothing "
            "ran beside it. The others went on. Take it out, make it smaller, or give the machine more memory."
        )


class StepFailed(NcsiError):
    """Several items of a step failed; the others are done. `errors` by item; `ncsi` exits as they would."""

    def __init__(self, step: str, items: int, errors: Mapping[str, NcsiError]) -> None:
        self.errors = errors
        self.exit_code = min(error.exit_code for error in errors.values())
        reasons = "".join(f"\n  {reason}" for reason in dict.fromkeys(map(str, errors.values())))
        super().__init__(f"{step}: {len(errors)} of {items} failed; the others are done.{reasons}")


class ModelError(NcsiError):
    """A model cannot be estimated from the data given; names construct and item."""


class NotConverged(ModelError):
    """An iteration stopped short of its criterion: never a result."""


class NoResponses(ModelError):
    """A sector has no accepted responses."""


class RepeatedAnswers(ModelError):
    """A sector's answers are those of the wave before but for a few people, so a change would tell of them."""


class PublicationError(NcsiError):
    """A release cannot be published as it stands (missing glyph, missing table, failed standard)."""


class OutOfOrder(PublicationError):
    """A step was asked for before the one that it needs, or against what is published already."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Damage:
    """What an audit finds: where, what is wrong, and what to do about it."""

    where: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}. {self.cure}."


def as_typed(path: Path | str) -> str:
    """A path as it is typed in a command that a message tells: in quotes where a shell would take it apart."""
    text = str(path)
    return text if re.fullmatch(r"[\w@%+=:,./\\-]+", text) else shlex.quote(text)
