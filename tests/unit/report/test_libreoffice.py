"""Files of a release as LibreOffice opens and prints them, where it is installed: what a reader without Word sees."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest

from ncsi.disclosure import publishable
from ncsi.report import content
from ncsi.report.bundle import cover_of
from ncsi.report.bundle.codes import code_lists
from ncsi.report.bundle.workbook import write_workbook
from ncsi.report.result_rows import with_plain_texts
from ncsi.report.share import national_outline, write_office

SOFFICE = shutil.which("soffice")
PATIENCE = 180
"""Seconds for all files together; they take three on an idle machine."""
SHEETS = ("out_index_national", "out_index_by_sector", "out_rank_by_sector")
"""Tables of the workbook, beside lists of codes: pages of the others are hundreds, and alike."""
PLACES = {"docx": "national.zh", "pptx": "national.en", "xlsx": "release"}


@pytest.fixture(scope="module")
def printed(tables, spec, tmp_path_factory) -> Path:
    """The folder of what LibreOffice could convert, with a profile of its own: it starts beside one that is open."""
    if SOFFICE is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("printed")
    shown = publishable(tables, spec.wave.id, spec.target, spec.wave.level)
    read = with_plain_texts(shown)
    write_office(
        national_outline(content.national(read, spec), read, spec), {}, ("docx", "pptx"), folder, "national"
    )
    few = {name: shown[name] for name in SHEETS}
    write_workbook({**code_lists(spec), **few}, cover_of(spec), folder / "release.xlsx")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    made = subprocess.run(
        [
            SOFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder),
            *(str(folder / f"{place}.{kind}") for kind, place in PLACES.items()),
        ],
        timeout=PATIENCE, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr.decode(errors="replace")
    return folder


@pytest.fixture(scope="module")
def pages(printed):
    """The text of each page, without the spaces that line breaks leave between words."""

    def of(kind: str) -> list[str]:
        path = printed / f"{PLACES[kind]}.pdf"
        if kind == "xlsx" and not path.exists():
            with_calc = printed / "probe.csv"
            with_calc.write_text("a\n1\n", encoding="utf-8")
            if not converts(with_calc, printed):
                pytest.skip("LibreOffice is installed without Calc")
        return [squeezed(one.extract_text()) for one in pypdf.PdfReader(path).pages]

    return of


def converts(path: Path, folder: Path) -> bool:
    """Whether LibreOffice opens a file at all."""
    command = [str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(folder), str(path)],
        timeout=PATIENCE, capture_output=True, check=False,
    )  # fmt: skip
    return path.with_suffix(".pdf").exists()


def chinese_fonts() -> bool:
    """Whether fontconfig knows a font with Chinese; where it cannot be asked, there may be one."""
    listed = shutil.which("fc-list")
    return listed is None or bool(
        subprocess.run([listed, ":lang=zh"], capture_output=True, check=False).stdout.strip()
    )


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.mark.parametrize(
    ("kind", "title", "mark"),
    [
        ("docx", "全国顾客满意度指数", "演示用合成数据"),
        ("pptx", "National Customer Satisfaction Index", "Synthetic demonstration data"),
        ("xlsx", "National Customer Satisfaction Index", "Synthetic demonstration data"),
    ],
)
def test_a_file_prints_with_its_title_and_the_mark_on_every_page(pages, kind, title, mark):
    found = pages(kind)
    if not title.isascii() and not chinese_fonts():
        pytest.skip("no font with Chinese is installed: LibreOffice prints each sign as the same box")
    assert found
    assert squeezed(title) in found[0]
    assert [k for k, words in enumerate(found, 1) if squeezed(mark) not in words] == []
