"""The manual as pages: docs/, the notebooks and every public docstring. `make docs` builds and shows it.

Pages are gathered in a folder of their own first, since tutorials are made from notebooks, charts are drawn, and the
API's pages are made from the package's rooms: none is written twice. Nothing is fetched, while building or by the
pages.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import webbrowser
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import error_catalogue
import gallery
import tutorials as notebook_pages
import yaml

import ncsi

ROOT = Path(__file__).parents[1]
MANUAL = {
    "中文首页": "zh.md",
    "Architecture": "architecture.md", "Method": "method.md", "The analyst's bench": "analyst.md",
    "Operating a wave": "operate.md", "Every key of every spec file": "reference.md",
    "Exports of each platform": "exports.md", "Files of others": "carried_in.md",
    "Data for other programs": "data_out.md",
    "Terminology 中英": "terminology.md",
    "Security": "security.md", "Scale": "scale.md", "Benchmarks": "benchmarks.md", "Policy": "policy.md",
}  # fmt: skip
"""Title and file of the manual's pages, in the order of the navigation; one that docs/ lacks is left out."""
BESIDE = {"Contributing": "CONTRIBUTING.md", "Reporting a fault": "SECURITY.md"}
"""Title and file of the pages that lie beside docs/."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SIGNATURES = """.doc-signature code {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  padding-left: 4em !important;
  text-indent: -3em;
}
"""
"""Long signatures go on to further lines, set in, as the window is wide: not as a formatter would break them, which is
a process for each of two thousand."""
NEVER_BROKEN = 1_000_000
"""Characters of a line of code that go to no formatter."""
SYNTAX: tuple[dict[str, dict[str, bool]], ...] = (
    {"tables": {}}, {"toc": {"permalink": True}}, {"pymdownx.superfences": {}}, {"pymdownx.betterem": {}},
    {"pymdownx.magiclink": {}}, {"pymdownx.highlight": {"pygments_lang_class": True}},
)  # fmt: skip
"""Beyond plain Markdown, what the pages are written in. The renderer's own choice is a dozen more, for each of which it
looks through every word of every docstring."""
RENDERER = "import gc; gc.disable(); from zensical.main import cli; cli()"
"""Nearly all that it makes stays until it ends: to look for garbage is a quarter of the time of reading the package."""
PUBLIC = """# The public face
What analysts and notebooks call: `import ncsi`, then the names below.

::: ncsi
    options:
      show_root_heading: false
      show_root_toc_entry: false
      members: [{names}]
"""


def main() -> None:
    """Build into the folder asked for, and show the pages if wanted."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=ROOT / "build" / "docs")
    asked.add_argument("--draft", action="store_true", help="charts in English alone, in less time")
    asked.add_argument("--serve", action="store_true", help="show them in a browser until interrupted")
    options = asked.parse_args()
    site = build(options.out.resolve(), gallery.ENGLISH if options.draft else gallery.WAYS)
    print(site / "index.html")
    if options.serve:
        serve(site)


def serve(site: Path) -> None:
    """Show the pages from a server of this machine: a browser lets no page of a mere file search."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with suppress(KeyboardInterrupt), ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{address} (Ctrl-C ends it)", flush=True)
        webbrowser.open(address)
        server.serve_forever()


def build(out: Path, charts: tuple[gallery.Way, ...]) -> Path:
    """Gather the pages in `out`/pages and render them to `out`/site; returns the latter. `charts`: the ways in which
    each is drawn.

    A name that cannot be documented, or a link that leads nowhere, ends it with the renderer's own message.
    """
    shutil.rmtree(out, ignore_errors=True)
    pages = out / "pages"
    shutil.copytree(ROOT / "docs", pages, ignore=shutil.ignore_patterns("*.py", "data", "__pycache__"))
    navigation: dict[str, Any] = {
        "Start": start(pages),
        "In ten minutes": guides(pages),
        "Manual": manual(pages),
    }
    navigation |= {"Tutorials": tutorials(pages), "Errors and cures": error_catalogue.page(pages)}
    navigation |= {"Charts": gallery.page(pages, charts), "Examples": examples(pages)}
    navigation |= {"API": api(pages), "Changes": changes(pages)}
    (pages / "signatures.css").write_text(SIGNATURES, encoding="utf-8")
    settings = out / "mkdocs.yml"
    settings.write_text(configuration(navigation), encoding="utf-8")
    command = [sys.executable, "-c", RENDERER, "build", "--strict", "--config-file", str(settings)]
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = COLOUR.sub("", done.stdout + done.stderr).partition("Traceback (most")[0]
        raise SystemExit(f"the manual does not build:\n{said}")
    return out / "site"


def start(pages: Path) -> str:
    """The README is the first page; its links into docs/, and those of the pages beside it, are links to neighbours."""
    for source, name in {"README.md": "index.md", **{one: one for one in BESIDE.values()}}.items():
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        (pages / name).write_text(text, encoding="utf-8")
    return "index.md"


def manual(pages: Path) -> dict[str, str]:
    """Pages that docs/ holds, their links out of it made links to neighbours; one without a title is an error."""
    for page in pages.glob("*.md"):
        page.write_text(page.read_text(encoding="utf-8").replace("](../", "]("), encoding="utf-8")
    there = {path.name for path in pages.glob("*.md")} - {"index.md", "examples.md", *BESIDE.values()}
    if unknown := there - set(MANUAL.values()):
        raise SystemExit(f"docs/build.py, MANUAL: no title for {', '.join(sorted(unknown))}; add one")
    found = {title: name for title, name in MANUAL.items() if name in there}
    return found | BESIDE


def guides(pages: Path) -> dict[str, str]:
    """Guides from an export to a report, and the gallery of examples with its numbers."""
    found = {_title(page): page.relative_to(pages).as_posix() for page in sorted(pages.glob("guides/*.md"))}
    return found | {_title(pages / "examples.md"): "examples.md"}


def tutorials(into: Path) -> dict[str, str]:
    """One page a notebook, with its outputs; the title is its first heading."""
    return {_title(page): f"tutorials/{page.name}" for page in notebook_pages.pages(into / "tutorials")}


def examples(pages: Path) -> dict[str, str]:
    """Real surveys, each a workspace with a README."""
    readmes = sorted(pages.glob("examples/*/README.md"))
    return {_title(page): page.relative_to(pages).as_posix() for page in readmes}


def api(pages: Path) -> dict[str, str]:
    """The public names on one page, then a page for each room of the package and one for the flows."""
    (pages / "api").mkdir()
    (pages / "api" / "public.md").write_text(PUBLIC.format(names=", ".join(ncsi.__all__)), encoding="utf-8")
    found = {"The public face": "api/public.md"}
    for room in [*(f"ncsi.{name}" for name in rooms()), "flows"]:
        page = pages / "api" / f"{room}.md"
        page.write_text(f"# {room}\n\n::: {room}\n", encoding="utf-8")
        found[room] = f"api/{page.name}"
    return found


def rooms() -> list[str]:
    """The package's rooms and its modules on the ground floor, by name."""
    found = (path.parent if path.name == "__init__.py" else path.with_suffix("")
             for path in [*(ROOT / "ncsi").glob("*/__init__.py"), *(ROOT / "ncsi").glob("[a-z]*.py")])  # fmt: skip
    return sorted(path.name for path in found)


def changes(pages: Path) -> str:
    """The changelog."""
    return Path(shutil.copy(ROOT / "CHANGELOG.md", pages)).name


def configuration(navigation: dict[str, Any]) -> str:
    """What the renderer is told: no address of its own, no font of others, docstrings read but never run."""
    docstrings = {
        "show_source": False, "show_submodules": True, "show_root_heading": False, "show_root_toc_entry": False,
        "members_order": "source", "separate_signature": True, "show_signature_annotations": True,
        "docstring_section_style": "list", "show_if_no_docstring": False, "line_length": NEVER_BROKEN,
    }  # fmt: skip
    python = {"paths": [str(ROOT)], "options": docstrings}
    settings = {
        "site_name": "NCSI", "docs_dir": "pages", "site_dir": "site", "use_directory_urls": False,
        "nav": _nested(navigation),
        "theme": {"font": False, "language": "en", "features": ["navigation.sections", "navigation.indexes"]},
        "extra": {"generator": False}, "extra_css": ["signatures.css"], "markdown_extensions": [*SYNTAX],
        "plugins": [{"search": {}}, {"mkdocstrings": {"handlers": {"python": python}}}],
    }  # fmt: skip
    return yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)


def _nested(navigation: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: _nested(to) if isinstance(to, dict) else to} for name, to in navigation.items()]


def _title(page: Path) -> str:
    headings = (line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
    return next(headings, page.stem).removeprefix("# ")


if __name__ == "__main__":
    main()
