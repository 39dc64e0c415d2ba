"""An edition of the releases for a web server: fonts shared and cached, pages compressed; releases stay as they are.

A page of a release carries its fonts, so that it is whole wherever it is copied to. Served, the same fonts would travel
with every page: here each lies once in `assets/`, named by its content, and pages begin to be read before it has come.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from ncsi import atomic

MARK = "edition.json"
"""What an edition is known by: the SHA-256 of each of its pages and of the page of the release it was made from."""
ASSETS = "assets"
_FONT = re.compile(r"url\(data:font/woff2;base64,([A-Za-z0-9+/=]+)\)")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def unfit(releases: Path, out: Path) -> str | None:
    """Why an edition of those releases may not be written there, as the rest of a sentence; None where it may."""
    here, there = releases.resolve(), out.resolve()
    if there.is_relative_to(here) or here.is_relative_to(there):
        return f"lies in {releases}, or around it: choose a folder elsewhere"
    if out.exists() and not out.is_dir():
        return "is no folder"
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        return (
            f"holds other files ({MARK} is not there): choose a new folder, or an edition to be written anew"
        )
    return None


def write_edition(releases: Path, out: Path) -> Path:
    """Write the edition of all public releases into `out`, replacing an earlier one; all of it, or nothing.

    Copied are plain files; drafts and releases under embargo, whose folders' names begin with a dot, are not. The same
    releases give the same bytes. Raises ValueError where `unfit` says why not.
    """
    problem = unfit(releases, out)
    if problem is not None:
        raise ValueError(f"{out} {problem}")
    atomic.recover(out)
    pages: dict[str, dict[str, str]] = {}
    with atomic.replacing_folder(out) as folder:
        for name in _public_files(releases):
            made = folder / name
            made.parent.mkdir(parents=True, exist_ok=True)
            content = (releases / name).read_bytes()
            if made.suffix != ".html":
                made.write_bytes(content)
                continue
            page = _with_shared_fonts(content.decode("utf-8"), folder, len(name.parts) - 1).encode()
            made.write_bytes(page)
            made.with_name(f"{made.name}.gz").write_bytes(gzip.compress(page, 9, mtime=0))
            pages[name.as_posix()] = {"from_sha256": _sha256(content), "sha256": _sha256(page)}
        text = json.dumps({"spec": "ncsi/edition/1", "pages": pages}, indent=1, sort_keys=True)
        (folder / MARK).write_text(text + "\n", encoding="utf-8")
    return out


def _public_files(releases: Path) -> Iterator[Path]:
    """Plain files by their path, in order; nothing whose path has a dotted name or a link."""
    for path in sorted(releases.rglob("*")):
        name = path.relative_to(releases)
        way = [releases / one for one in (name, *name.parents[:-1])]
        if any(one.startswith(".") for one in name.parts) or any(one.is_symlink() for one in way):
            continue
        if stat.S_ISREG(path.lstat().st_mode):
            yield name


def _with_shared_fonts(page: str, folder: Path, depth: int) -> str:
    """The page with its fonts in `assets/`; what its policy allows is told anew."""
    found = _STYLE.search(page)
    if found is None or not _FONT.search(found[1]):
        return page
    assets = folder / ASSETS
    assets.mkdir(exist_ok=True)

    def shared(font: re.Match[str]) -> str:
        content = base64.b64decode(font[1])
        name = f"{_sha256(content)[:20]}.woff2"
        (assets / name).write_bytes(content)
        return f"url({'../' * depth}{ASSETS}/{name})"

    style = _FONT.sub(shared, found[1]).replace("font-display:block", "font-display:swap")
    made = page[: found.start(1)] + style + page[found.end(1) :]
    return made.replace(_allowed(found[1]), _allowed(style), 1).replace(
        "font-src data:", "font-src 'self'", 1
    )


def _allowed(block: str) -> str:
    """How a policy names a style that may be used."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
