"""Which source of which wave a file in the inbox is of: by its folder, its name, and whether its columns fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ncsi.spec import Source

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Route:
    """A source of a wave that a file may be of, by one of its globs (relative to the workspace)."""

    wave: str
    source: Source
    pattern: str

    @property
    def folder(self) -> str:
        """The folder that its files lie in."""
        return PurePosixPath(self.pattern).parent.as_posix()

    @property
    def told(self) -> str:
        """As it is named to people."""
        return f"{self.pattern} of wave {self.wave}"


def routes_of(wave: str, sources: Iterable[Source]) -> tuple[Route, ...]:
    """The sources of a wave that files can be put to: those whose folder is said without a wildcard."""
    found = (Route(wave, source, pattern) for source in sources for pattern in source.patterns)
    return tuple(one for one in found if not _WILD.search(one.folder))


def by_name(routes: Sequence[Route], path: str) -> tuple[Route, ...]:
    """The routes that a file of this path (relative to the inbox) may take.

    A folder of the inbox that is called as an agency is that agency's. Of what is left, sources whose pattern says more
    than an ending, and names the file, come before all others.
    """
    place = PurePosixPath(path)
    agencies = {one.source.agency for one in routes if one.source.agency}
    sender = next((part for part in place.parts[:-1] if part in agencies), None)
    own = [one for one in routes if sender in (None, one.source.agency) and _names(one, place.name)]
    telling = [one for one in own if _says_more(PurePosixPath(one.pattern).name)]
    return tuple(telling or own)


def _names(route: Route, name: str) -> bool:
    return PurePosixPath(name).match(PurePosixPath(route.pattern).name)


def _says_more(pattern: str) -> bool:
    """Whether a pattern has letters besides its ending."""
    return bool(re.search(r"\w", pattern.rsplit(".", 1)[0]))
