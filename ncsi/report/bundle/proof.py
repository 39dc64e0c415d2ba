"""`manifest.sig` and the README of a release: what proves where it comes from, and how to check it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

from ncsi.report.bundle.cover import Cover
from ncsi.report.text import NOTHING, Pair
from ncsi.signing import SigningKey, fingerprint, signed, spaced

MANIFEST, SIGNATURE, TIME_STAMP, README = "manifest.json", "manifest.sig", "manifest.tsr", "README.md"
_README = """\
# {release}
{restriction}
{contents}

## Check it 验证
{signer}
`ncsi verify FOLDER --key FINGERPRINT` checks the signature and every file, and derives the published figures again:
{derived}
{synthetic}"""
_WAVE = """\
`index.html` and `national.pdf` are the report, `sectors/` the sectors, `explorer.html` lets readers choose what to
see, `data/` holds every table as CSV, Parquet and XLSX;
`datapackage.json` describes the columns. `manifest.json` holds the SHA-256 of every file here, and what they were made
from; `manifest.sig` is its Ed25519 signature.

首页 `index.html`、总报告 `national.pdf`、各行业 `sectors/`、数据探索 `explorer.html`、数据 `data/`。
`manifest.json` 含每个文件的 SHA-256；`manifest.sig` 是其 Ed25519 签名。"""
_INDEX = """\
`index.html` and `bulletin.pdf` are the bulletin, `units/` a notice of each unit that is published by name, `data/`
every table of the index as CSV, Parquet and XLSX; `datapackage.json` describes the columns. `manifest.json` holds the
SHA-256 of every file here, and what they were made from; `manifest.sig` is its Ed25519 signature.

公报 `index.html` 与 `bulletin.pdf`、各单位通报 `units/`、数据 `data/`。
`manifest.json` 含每个文件的 SHA-256；`manifest.sig` 是其 Ed25519 签名。"""
_MEASURE = """\
`index.html` and `measure.pdf` are the report, `units/` a page of each unit that is published by name, `data/` every
table of the measure as CSV, Parquet and XLSX; `datapackage.json` describes the columns. `manifest.json` holds the
SHA-256 of every file here, and what they were made from; `manifest.sig` is its Ed25519 signature.

报告 `index.html` 与 `measure.pdf`、各单位页面 `units/`、数据 `data/`。
`manifest.json` 含每个文件的 SHA-256；`manifest.sig` 是其 Ed25519 签名。"""
Standing = Literal["index", "measure"]
"""What a release that belongs to no wave is of."""
_CONTENTS = {"wave": _WAVE, "index": _INDEX, "measure": _MEASURE}
_DERIVED = {
    "wave": "the nation from its sectors, each sector and its ranks from its brands.",
    "index": "each node from the nodes below it, ranks from scores.",
    "measure": "rates and shares from their counts.",
}
_SIGNED = """
- public key 公钥 (Ed25519, base64): `{public}`
- its fingerprint 指纹 (SHA-256): `{fingerprint}`

Whoever forges a release can sign it with a key of their own and write that key here: take the fingerprint from the
publisher, by another way than this folder.
伪造者可以用自己的密钥签名并改写此处；请从发布单位另行取得指纹后核对。
"""
_UNSIGNED = "\nThis release is not signed. 本发布未签名。\n"
_SYNTHETIC = """
The data are synthetic: no figure describes a real company, sector or country.
数据为模拟生成，不描述任何真实企业、行业或国家。
"""


def write_readme(
    folder: Path, cover: Cover, kind: Literal["wave"] | Standing = "wave", restriction: Pair = NOTHING
) -> None:
    """`README.md`: that it may not be passed on, where it may not; what is here, by which key it is signed, how to
    check it. No text of the wave is in it."""
    public = cover.signer
    signer = _SIGNED.format(
        public=base64.b64encode(public).decode("ascii"), fingerprint=spaced(fingerprint(public))
    )
    text = _README.format(
        release=cover.release_id,
        restriction=f"\n> {restriction.zh}\n> {restriction.en}\n" if restriction.zh else "",
        contents=_CONTENTS[kind],
        derived=_DERIVED[kind],
        signer=signer if public else _UNSIGNED,
        synthetic=_SYNTHETIC if cover.synthetic else "",
    )
    (folder / README).write_text(text, encoding="utf-8")


def sign_manifest(folder: Path, key: SigningKey) -> None:
    """`manifest.sig` of the manifest as it lies in the folder."""
    made = signed(MANIFEST, (folder / MANIFEST).read_bytes(), key)
    (folder / SIGNATURE).write_text(made.as_json(), encoding="utf-8")
