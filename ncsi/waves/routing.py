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
    """A source of a wave that a file may be of, and the folder (relative to the workspace) that its files lie in."""

    wave: str
    source: Source
    folder: str

    @property
    def told(self) -> str:
        """As it is named to people."""
        return f"{self.source.files} of wave {self.wave}"


def routes_of(wave: str, sources: Iterable[Source]) -> tuple[Route, ...]:
    """The sources of a wave that files can be put to: those whose folder is said without a wildcard."""
    found = []
    for source in sources:
        folder = PurePosixPath(source.files).parent.as_posix()
        if not _WILD.search(folder):
            found.append(Route(wave, source, folder))
    return tuple(found)


def by_name(routes: Sequence[Route], path: str) -> tuple[Route, ...]:
    """The routes that a file of this path (relative to the inbox) may take.

    A folder of the inbox that is called as an agency is that agency's. Of what is left, sources whose pattern says more
    than an ending, and names the file, come before all others.
    """
    place = PurePosixPath(path)
    agencies = {one.source.agency for one in routes if one.source.agency}
    sender = next((part for part in place.parts[:-1] if part in agencies), None)
    own = [one for one in routes if sender in (None, one.source.agency) and _names(one, place.name)]
    telling = [one for one in own if _says_more(PurePosixPath(one.source.files).name)]
    return tuple(telling or own)


def _names(route: Route, name: str) -> bool:
    return PurePosixPath(name).match(PurePosixPath(route.source.files).name)


def _says_more(pattern: str) -> bool:
    """Whether a pattern has letters besides its ending."""
    return bool(re.search(r"\w", pattern.rsplit(".", 1)[0]))
