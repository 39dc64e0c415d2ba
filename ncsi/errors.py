"""The error tree. Each message names the file, row or field, the value, and what to do next."""

from __future__ import annotations


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

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        """Come back whole from a worker process."""
        return type(self), (self.where, self.problem, self.cure)


class SpecError(InputError):
    """An instrument, sector list, wave, map or settings file does not hold together."""


class ReadError(InputError):
    """A file cannot be read as the table it claims to be."""


class ConformError(InputError):
    """A readable file does not fit the instrument or the wave as a whole (columns, sectors)."""


class WeightingError(InputError):
    """A wave cannot be weighted as declared: names sector, margin and category."""


class StoreError(NcsiError):
    """The store is missing, held by another process, damaged, or written by an unknown version."""


class StoreBusy(StoreError):
    """Another process holds the store; trying again later can help."""


class ModelError(NcsiError):
    """A model cannot be estimated from the data given; names construct and item."""


class NotConverged(ModelError):
    """An iteration stopped short of its criterion: never a result."""


class PublicationError(NcsiError):
    """A release cannot be published as it stands (missing glyph, missing table, failed standard)."""
