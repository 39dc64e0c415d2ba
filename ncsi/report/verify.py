"""Check a release against itself and against its publisher's key: signature, every file, the data inside its PDF,
finite numbers, and figures that follow from others.

Needs nothing but the release's folder, and the fingerprint of the key from elsewhere. The only door to pypdf.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NoReturn

from ncsi.errors import InputError
from ncsi.report.bundle.manifest import sha256
from ncsi.report.bundle.proof import MANIFEST, SIGNATURE, TIME_STAMP
from ncsi.report.derived_figures import (
    OF_THE_NATION,
    OF_THE_SECTORS,
    UNKNOWN,
    Headline,
    Row,
    headline_problems,
    nation,
    not_finite,
    rows_of,
    sector_problems,
)
from ncsi.report.derived_tables import of_a_measure, of_an_index, of_grades, of_indices, of_measures
from ncsi.report.withdrawn import KIND, Withdrawal, withdrawal_of
from ncsi.signing import WORTHLESS_FINGERPRINT, fingerprint, signature_of
from ncsi.tables import OUT_INDEX_BY_SECTOR, TABLES

Trust = Literal["expected key", "unknown key", "worthless key", "none"]
Kind = Literal["wave", "index", "measure", "withdrawn"]
_BULLETIN = re.compile(r"((indices|measures)/[a-z0-9_]+/)?(bulletin|measure)(\.zh|\.en)?\.pdf")
_LARGEST = 512 * 2**20
"""Bytes of a file that is read at once; no release holds a larger one."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: files checked, the headline derived again (0-100), every way in which the release is wrong.

    `signer`: fingerprint of the key that signed it, empty where none did; `trust`: whose key that is, as far as can
    be told. Only `expected key` proves who published it. `kind`: of a wave, or of an index or a measure run by itself,
    which has no headline of 0-100 (NaN). `draft`: every page marked, not published;
    `left_out`: sectors that it says it leaves out. Of the kind `withdrawn` it is a page that says so, in place of what
    `withdrawal` names.
    """

    release_id: str
    files: int
    index_0_100: float
    low: float
    high: float
    problems: tuple[str, ...]
    signer: str
    trust: Trust
    kind: Kind = "wave"
    draft: bool = False
    left_out: tuple[str, ...] = ()
    withdrawal: Withdrawal | None = None


def verify_release(folder: Path, expected: str = "") -> Verified:
    """Check the release in `folder`; `expected` is the fingerprint of its publisher's key, where it is known.

    Raises InputError where there is none that can be read.
    """
    manifest = _manifest(folder)
    signer, problems = _signer(folder, expected)
    problems += _files(folder, manifest["files"])
    problems += _time_stamp(folder)
    whole = dict(_regular(folder, manifest["files"]))
    problems += of_indices(whole)
    problems += of_measures(whole)
    problems += of_grades(whole)
    problems += _bulletins(folder, manifest["files"])
    if manifest["kind"] == "index":
        problems += of_an_index(whole, manifest["headline"])
    if manifest["kind"] == "measure":
        problems += of_a_measure(whole, manifest["headline"])
    if manifest["kind"] != "wave":
        problems += _all_finite(whole)
        unknown, trust = math.nan, _trust(signer, expected)
        return Verified(
            manifest["release_id"], len(manifest["files"]), unknown, unknown, unknown, tuple(problems), signer, trust,
            manifest["kind"], withdrawal=withdrawal_of(folder) if manifest["kind"] == KIND else None,
        )  # fmt: skip
    attached = _attached(folder / "national.pdf", "national.pdf" in whole, problems)
    problems += [
        f"national.pdf: the attached {name} is not the file data/{name}"
        for name, content in attached.items()
        if name.endswith(".csv") and sha256(content) != manifest["files"].get(f"data/{name}")
    ]
    headline = UNKNOWN
    try:
        problems += _numbers(whole)
        if {f"{name}.csv" for name in OF_THE_NATION} <= set(attached):
            headline = _nation(attached, manifest["headline"], problems)
        if all(f"data/{name}.csv" in whole for name in OF_THE_SECTORS):
            tables = {name: rows_of(whole[f"data/{name}.csv"]) for name in OF_THE_SECTORS}
            problems += sector_problems(tables, manifest["headline"]["construct"])
        problems += _left_out(whole, manifest["left_out"])
    except (ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
        problems.append(f"data: the tables cannot be added up again ({type(error).__name__})")
    figures = headline.figures
    return Verified(
        manifest["release_id"], len(manifest["files"]), figures["index_0_100"], figures["low"], figures["high"],
        tuple(problems), signer, _trust(signer, expected), draft=manifest["draft"],
        left_out=manifest["left_out"],
    )  # fmt: skip


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    cure = "Name the folder of a release, such as releases/2026Q1; if it is one, publish it again"
    content = _content(path)
    if content is None:
        raise InputError(str(path), "there is no manifest", cure)
    try:
        loaded: dict[str, Any] = json.loads(content, parse_constant=_refused)
        known = {name: loaded[name] for name in ("release_id", "files", "headline")}
        known["kind"] = loaded["kind"] if loaded.get("kind") in ("index", "measure", KIND) else "wave"
        if known["kind"] == "wave":
            known["headline"] = {key: known["headline"][key] for key in _HEADLINE}
        if known["kind"] == KIND:
            {name: loaded[KIND][name] for name in ("date", "zh", "en", "releases")}
        known["draft"] = loaded.get("draft", False) is not False
        known["left_out"] = tuple(map(str, (loaded.get("incomplete") or {"sectors": ()})["sectors"]))
        known["files"] = {str(name): str(value) for name, value in known["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(str(path), f"is not the manifest of a release: {_unlike(error)}", cure) from error
    return known


def _unlike(error: Exception) -> str:
    """What keeps a manifest from being one, in words."""
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} of it is no JSON"
    if type(error) is ValueError:  # of `_refused`
        return str(error)
    return "what it holds has another form"


_HEADLINE = ("construct", "level", "index_0_100", "se", "low", "high")


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _signer(folder: Path, expected: str) -> tuple[str, list[str]]:
    """Fingerprint of the key that signed the manifest, and what is wrong with its signature."""
    content, signed = _content(folder / SIGNATURE), _content(folder / MANIFEST)
    if content is None or signed is None:
        return "", [f"{SIGNATURE}: missing, so nothing says who published this"]
    try:
        signature = signature_of(content.decode("utf-8"))
    except ValueError as error:
        return "", [f"{SIGNATURE}: is not a valid signature ({error})"]
    signer = fingerprint(signature.public)
    if signature.signed != MANIFEST or not signature.holds(signed):
        return "", [f"{SIGNATURE}: does not sign this {MANIFEST}: one of the two was changed"]
    if expected and signer != expected:
        return signer, [f"{SIGNATURE}: signed with the key {signer}, not with the expected {expected}"]
    return signer, []


def _trust(signer: str, expected: str) -> Trust:
    if not signer:
        return "none"
    if signer == WORTHLESS_FINGERPRINT:
        return "worthless key"
    return "expected key" if signer == expected else "unknown key"


def _time_stamp(folder: Path) -> Iterator[str]:
    """A time stamp may lie beside the manifest; then it has to be the manifest's."""
    response, stamped = _content(folder / TIME_STAMP), _content(folder / MANIFEST)
    if response is None or stamped is None:
        return
    from ncsi.report.time_stamp import time_stamp_problem

    problem = time_stamp_problem(response, stamped)
    if problem:
        yield f"{TIME_STAMP}: {problem}"


def _files(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Files that are missing, changed, or not of the release; links and what is no file."""
    root = folder.resolve()
    for name, expected in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(root):
            yield f"{MANIFEST}: {name} lies outside the release"
        elif (content := _content(path)) is None:
            yield f"{name}: missing, or no file"
        elif sha256(content) != expected:
            yield f"{name}: changed since publication (its SHA-256 is not that of the manifest)"
    for name, mode in sorted(_everything(folder)):
        if stat.S_ISLNK(mode):
            yield f"{name}: a link; a release holds files only"
        elif not stat.S_ISREG(mode):
            yield f"{name}: no regular file; a release holds files only"
        elif name not in {*files, MANIFEST, SIGNATURE, TIME_STAMP}:
            yield f"{name}: not a file of this release"


def _everything(folder: Path) -> Iterator[tuple[str, int]]:
    """Path and mode of all that lies in the folder, links not followed; folders aside."""
    for place, folders, names in os.walk(folder, followlinks=False):
        for one in (*names, *folders):
            path = Path(place) / one
            mode = path.lstat().st_mode
            if not stat.S_ISDIR(mode):
                yield path.relative_to(folder).as_posix(), mode


def _content(path: Path) -> bytes | None:
    """What a regular file holds; None where there is none: a FIFO would wait forever."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _regular(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The CSV files of the release as the manifest has them, and whether its PDF is."""
    for name, expected in files.items():
        if (name.endswith(".csv") or name == "national.pdf") and ".." not in Path(name).parts:
            content = _content(folder / name)
            if content is not None and (name == "national.pdf" or sha256(content) == expected):
                yield name, content


def _attachments(pdf: Path | BytesIO) -> Mapping[str, Sequence[bytes]]:
    from pypdf import (
        PdfReader,
    )  # late: a quarter of a second, which a release that nobody verifies can do without

    return PdfReader(pdf).attachments


def _attached(path: Path, there: bool, problems: list[str]) -> dict[str, bytes]:
    """What the national report carries; adds to `problems` what it lacks."""
    if not there:
        return {}
    try:
        found = {name: contents[0] for name, contents in _attachments(path).items()}
    except Exception as error:  # a damaged file can fail anywhere in pypdf; it is reported
        problems.append(f"{path.name}: cannot be read ({type(error).__name__})")
        return {}
    problems += [
        f"{path.name}: {name}.csv is not attached" for name in OF_THE_NATION if f"{name}.csv" not in found
    ]
    return found


def attached_json(path: Path) -> dict[str, bytes]:
    """The JSON files that a PDF carries, by name. Raises InputError for one that cannot be read."""
    try:
        return {name: one[0] for name, one in _attachments(path).items() if name.endswith(".json")}
    except Exception as error:  # a damaged file can fail anywhere in pypdf; it is reported
        problem = f"cannot be read as PDF ({type(error).__name__})"
        raise InputError(str(path), problem, "Get the file again") from error


def _numbers(whole: Mapping[str, bytes]) -> Iterator[str]:
    for name, table in TABLES.items():
        content = whole.get(f"data/{name}.csv")
        if content is not None:
            numbers = [one.name for one in table.columns if one.kind in ("number", "integer")]
            yield from not_finite(name, rows_of(content), numbers)


def _all_finite(whole: Mapping[str, bytes]) -> list[str]:
    try:
        return list(_numbers(whole))
    except ValueError as error:
        return [f"data: a table cannot be read ({type(error).__name__})"]


def _bulletins(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Tables inside of the bulletins of indices and measures that are not the release's."""
    for name, expected in files.items():
        if not _BULLETIN.fullmatch(name):
            continue
        content = _content(folder / name)
        if content is None or sha256(content) != expected:
            continue  # told already
        try:
            attached = {one: parts[0] for one, parts in _attachments(BytesIO(content)).items()}
        except Exception as error:  # a damaged file can fail anywhere in pypdf; it is reported
            yield f"{name}: cannot be read ({type(error).__name__})"
            continue
        for table, inside in attached.items():
            if table.endswith(".csv") and sha256(inside) != files.get(f"data/{table}"):
                yield f"{name}: the attached {table} is not the file data/{table}"


def _nation(attached: Mapping[str, bytes], headline: Mapping[str, Any], problems: list[str]) -> Headline:
    basis, sectors, national = (_table(attached, name) for name in OF_THE_NATION)
    derived = nation(sectors, basis, headline["construct"], float(headline["level"]))
    problems += headline_problems(derived, national, headline)
    return derived


def _left_out(whole: Mapping[str, bytes], left_out: Sequence[str]) -> Iterator[str]:
    """Sectors that the manifest says are left out, and that have figures all the same."""
    table = f"{OUT_INDEX_BY_SECTOR.name}.csv"
    there = {row["sector"] for row in rows_of(whole[f"data/{table}"])} if f"data/{table}" in whole else set()
    for one in left_out:
        if one in there:
            yield f"{MANIFEST}: it says that {one} is left out, and {table} has its figures"


def _table(attached: Mapping[str, bytes], name: str) -> Sequence[Row]:
    return rows_of(attached[f"{name}.csv"])
