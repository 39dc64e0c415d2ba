"""What machines take from the site, made anew from the releases that lie beside it: the latest release under an address
that stays, the interface in JSON, JSON-stat, feeds."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ncsi import atomic
from ncsi.report.plain_files import as_json
from ncsi.report.site.api import documents
from ncsi.report.site.feed import atom, rss
from ncsi.report.site.jsonstat import jsonstat
from ncsi.report.site.shelf import LATEST, Gone, Shelved

API, VERSION = "api", "v1"
ATOM, RSS = "feed.xml", "rss.xml"


def carry(releases: Path, shelved: Sequence[Shelved], withdrawn: Sequence[Gone], site_url: str) -> None:
    """`latest/`, `api/v1/`, `feed.xml` and, with an address of the site, `rss.xml`; feeds alone where all that was out
    is withdrawn; none of them where there is nothing for readers: no release, or one under embargo."""
    if not shelved or any(one.about.embargoed for one in shelved):
        _remove(releases)
        if withdrawn and not shelved:
            _write_feeds(releases, shelved, withdrawn, site_url)
        return
    _write_latest(releases, shelved[-1].wave)
    with atomic.replacing_folder(releases / API) as folder:
        place = folder / VERSION
        place.mkdir()
        for name, told in documents(shelved, withdrawn, site_url).items():
            (place / name).write_text(as_json(told), encoding="utf-8")
        for one in shelved:
            told = jsonstat(releases / one.wave)
            (place / f"{one.wave}.jsonstat.json").write_text(
                json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
            )
    _write_feeds(releases, shelved, withdrawn, site_url)


def _write_feeds(
    releases: Path, shelved: Sequence[Shelved], withdrawn: Sequence[Gone], site_url: str
) -> None:
    atomic.write(releases / ATOM, atom(shelved, withdrawn, site_url))
    if site_url:
        atomic.write(releases / RSS, rss(shelved, withdrawn, site_url))
    else:
        (releases / RSS).unlink(missing_ok=True)


def _write_latest(releases: Path, wave: str) -> None:
    """The release of that wave, file by file, so that `ncsi verify` takes it; left alone where it is that one."""
    latest, source = releases / LATEST, releases / wave
    if _same(latest, source):
        return
    with atomic.replacing_folder(latest) as folder:
        shutil.copytree(source, folder, copy_function=_linked, dirs_exist_ok=True)


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold files of the same names and the same manifest, which tells the bytes of the others."""
    names = [{path.relative_to(folder) for path in folder.rglob("*")} for folder in (one, other)]
    if names[0] != names[1]:
        return False
    manifests = [(folder / "manifest.json").read_bytes() for folder in (one, other)]
    return manifests[0] == manifests[1]


def _linked(source: str, target: str) -> str:
    """The same file under a second name, or a copy where the disk has none: no release is written in place."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _remove(releases: Path) -> None:
    for name in (LATEST, API):
        if (releases / name).is_dir():
            shutil.rmtree(releases / name)
    for name in (ATOM, RSS):
        (releases / name).unlink(missing_ok=True)
