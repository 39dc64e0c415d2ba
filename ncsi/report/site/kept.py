"""`revisions/<wave>/index.html`: where the link of a kept release to all releases leads, as its bytes cannot change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from ncsi import atomic
from ncsi.report.bundle.manifest import read_manifest
from ncsi.report.text import Pair, phrase, typed

_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="zh-CN">\n<head><meta charset="utf-8">\n'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; base-uri 'none'; form-action 'none'\">\n"
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
    "<title>{title}</title></head>\n<body><main>\n<h1>{head}</h1>\n<ul>\n{kept}</ul>\n"
    '<p><a href="../../{wave}/index.html">{now}</a></p>\n<p><a href="../../index.html">{all}</a></p>\n'
    "</main></body>\n</html>\n"
)
_ROW = Markup('<li><a href="{folder}/index.html">{release}</a> {date} {mark}</li>\n')


def write_kept(releases: Path) -> None:
    """Write the page of each wave that has kept releases, and take away that of one that has none any more."""
    for wave, found in kept(releases).items():
        page = wave / "index.html"
        if not found:
            page.unlink(missing_ok=True)
            continue
        atomic.write(page, _page(wave.name, found).encode("utf-8"))


def kept(releases: Path) -> dict[Path, list[tuple[str, dict[str, Any]]]]:
    """By the folder of each wave, its kept releases, the earliest first. Raises InputError where one is damaged."""
    return {
        wave: [
            (path.parent.name, read_manifest(path))
            for path in sorted(wave.glob("r*/manifest.json"), key=_revision)
        ]
        for wave in sorted(path for path in (releases / "revisions").glob("*") if path.is_dir())
    }


def _revision(path: Path) -> tuple[int, str]:
    """Of a kept manifest; r10 comes after r9."""
    number = path.parent.name.removeprefix("r")
    return (int(number) if number.isdecimal() else 0, number)


def _page(wave: str, found: list[tuple[str, dict[str, Any]]]) -> str:
    label = typed(**found[-1][1]["label"])
    marked = any(one["synthetic"] for _, one in found)
    mark = _both(phrase("synthetic_short")) if marked else Markup("")
    rows = Markup("").join(
        _ROW.format(folder=folder, release=one["release_id"], date=one["release_date"], mark=mark)
        for folder, one in found
    )
    head = _both(phrase("kept_head", label=label))
    return str(
        _PAGE.format(
            title=head.striptags(), head=head, kept=rows, wave=wave, now=_both(phrase("kept_now")),
            all=_both(phrase("all_releases")),
        )
    )  # fmt: skip


def _both(words: Pair) -> Markup:
    return Markup('<span lang="zh-CN">{}</span> <span lang="en">{}</span>').format(words.zh, words.en)
