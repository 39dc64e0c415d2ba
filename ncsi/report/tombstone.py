"""A release that is withdrawn: a signed page in its place that says so, with no figure of it.

`manifest.json` beside the page is of the kind `withdrawn` and names the releases that were out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from ncsi.report import html, text
from ncsi.report.bundle.manifest import hashes_of
from ncsi.report.bundle.proof import MANIFEST, sign_manifest
from ncsi.report.look import PLAIN, Look
from ncsi.report.pages import Page
from ncsi.report.plain_files import as_json
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.report.withdrawn import KIND, Withdrawal
from ncsi.report.woff import font_css
from ncsi.signing import SigningKey
from ncsi.spec import Label, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class TombstonePage(Page):
    """Everything that the page says: why, and the ids of the releases that were out."""

    why: Pair
    said: Pair
    releases: tuple[str, ...]


def write_tombstone(
    folder: Path, wave: Wave, withdrawal: Withdrawal, key: SigningKey, look: Look = PLAIN
) -> None:
    """`index.html`, the manifest and its signature of a withdrawn wave, into a folder that holds nothing. `look`: by
    the publisher's theme."""
    page = _page(wave, withdrawal, look)
    plain = html.page("tombstone.html.j2", page, {}, "")
    fonts = font_css(
        {one for one in unescape(plain) if one >= " "}, weights=(400, 700), typeface=look.typeface
    )
    (folder / "index.html").write_text(html.page("tombstone.html.j2", page, {}, fonts), encoding="utf-8")
    (folder / MANIFEST).write_text(as_json(_manifest(folder, wave, withdrawal)), encoding="utf-8")
    sign_manifest(folder, key)


def _page(wave: Wave, withdrawal: Withdrawal, look: Look) -> TombstonePage:
    return TombstonePage(
        title=text.pair(wave.title), label=text.pair(wave.label), publisher=text.pair(wave.publisher),
        date=withdrawal.day.isoformat(), release=withdrawal.releases[-1] if withdrawal.releases else wave.id,
        synthetic=wave.synthetic, banner=phrase("synthetic") if wave.synthetic else NOTHING,
        mark=phrase("synthetic_short") if wave.synthetic else NOTHING,
        why=text.pair(withdrawal.why), said=phrase("withdrawn_said", date=text.day(withdrawal.day)),
        releases=withdrawal.releases, look=look,
    )  # fmt: skip


def _manifest(folder: Path, wave: Wave, withdrawal: Withdrawal) -> dict[str, Any]:
    both = {name: {"zh": one.zh, "en": one.en} for name, one in _labels(wave)}
    return {
        "release_id": withdrawal.releases[-1] if withdrawal.releases else wave.id,
        "kind": KIND,
        "wave": wave.id,
        **both,
        "release_date": wave.release_date.isoformat(),
        "embargo": None,
        "embargoed": False,
        "draft": False,
        "synthetic": wave.synthetic,
        "revision": withdrawal.revision,
        "revisions": [],
        "headline": {},
        KIND: {
            "date": withdrawal.day.isoformat(), "zh": withdrawal.why.zh, "en": withdrawal.why.en,
            "releases": list(withdrawal.releases),
        },
        "source_sha256": {},
        "files": hashes_of(folder),
    }  # fmt: skip


def _labels(wave: Wave) -> Sequence[tuple[str, Label]]:
    return (("title", wave.title), ("label", wave.label), ("publisher", wave.publisher))
