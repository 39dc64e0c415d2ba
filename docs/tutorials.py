"""The notebooks as pages of the manual: words, code, and the outputs that are kept beside them."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[1]
_STYLE = re.compile(r"<style.*?</style>\s*", re.DOTALL)
_LOOK = (
    "<style>.shown{border-left:3px solid #8884;padding-left:12px;overflow-x:auto;font-size:.62rem;line-height:1.35}"
    ".shown pre{margin:0;white-space:pre-wrap}.md-typeset .shown table{font-size:.62rem;margin:6px 0;border:0}"
    ".md-typeset .shown :is(th,td){min-width:0;white-space:nowrap;padding:2px 7px;border:0;"
    "border-bottom:1px solid #8884}.shown .dataframe :is(th,td){text-align:right}</style>"
)
_TAKE = "[This notebook]({name}.ipynb) opens in Jupyter; `make lab` opens all of them.\n\n"


def pages(into: Path) -> list[Path]:
    """Write a page a notebook into the folder, its pictures and the notebook beside it; the pages in their order."""
    into.mkdir()
    return [_page(path, into) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def _page(path: Path, into: Path) -> Path:
    shutil.copy(path, into)
    parts = []
    notebook: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        else:
            parts.append(f"```python\n{cell.source}\n```")
            parts += _outputs(cell, path.stem, into)
    head, rest = parts[0], parts[1:]
    page = into / f"{path.stem}.md"
    page.write_text("\n\n".join([head, _TAKE.format(name=path.stem) + _LOOK, *rest]) + "\n", encoding="utf-8")
    return page


def _outputs(cell: Any, stem: str, into: Path) -> Iterator[str]:
    for place, output in enumerate(cell.outputs):
        if output.output_type == "stream":
            yield _text(output.text)
        else:
            yield _shown(output.data, f"{stem}-{cell.id}-{place}.png", into)


def _shown(data: Mapping[str, str], name: str, into: Path) -> str:
    """The richest form there is: a picture, a table, else text."""
    if "image/png" in data:
        (into / name).write_bytes(base64.b64decode(data["image/png"]))
        return f"![]({name})"
    if "text/html" in data:
        table = _STYLE.sub("", data["text/html"]).replace('border="1" ', "")
        return f'<div class="shown">{"".join(line.strip() for line in table.splitlines())}</div>'
    return _text(data["text/plain"])


def _text(words: str) -> str:
    lines = escape(words.rstrip("\n"), quote=False).replace("\n", "&#10;")
    return f'<div class="shown"><pre>{lines}</pre></div>'
