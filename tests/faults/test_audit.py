"""A workspace is damaged in many ways; the audit names each, says what to do, and mends what can be mended."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ncsi import atomic
from ncsi.cli.main import main
from ncsi.errors import StoreError
from ncsi.ledger import Ledger
from ncsi.spec import Workspace, open_workspace
from ncsi.stages.audit import audit_workspace
from ncsi.stages.record_withdrawal import resting_on
from ncsi.store import Store
from ncsi.store.place import RESPONSES

WAVE = "2026"


@pytest.fixture
def workspace(published_example: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(published_example, tmp_path / "ws"))


def part(workspace: Workspace) -> Path:
    return next((workspace.warehouse / RESPONSES).rglob("*.parquet"))


def public(workspace: Workspace) -> Path:
    return workspace.warehouse / "public" / WAVE / "out_index_by_brand.parquet"


def ledger(workspace: Workspace) -> Path:
    return workspace.root / "runs" / "ledger.jsonl"


def flip(path: Path, at: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 1
    path.write_bytes(bytes(content))


def edit_line(workspace: Workspace) -> None:
    lines = ledger(workspace).read_text().splitlines()
    lines[1] = lines[1].replace('"rows_accepted": ', '"rows_accepted": 1')
    ledger(workspace).write_text("\n".join(lines) + "\n")


def drop_lines(workspace: Workspace) -> None:
    lines = ledger(workspace).read_text().splitlines()
    ledger(workspace).write_text("\n".join(lines[:-2]) + "\n")


def run_sql(workspace: Workspace, sql: str) -> None:
    with duckdb.connect(str(workspace.warehouse / "ncsi.duckdb")) as connection:
        connection.execute(sql)


def spill(workspace: Workspace) -> None:
    folder = workspace.warehouse / "ncsi.duckdb.tmp"
    folder.mkdir()
    (folder / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")


def forge(workspace: Workspace) -> None:
    """Another publisher name in the manifest: its own hashes hold, the ledger's does not."""
    path = workspace.releases / WAVE / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "seed": 2}, ensure_ascii=False), encoding="utf-8")


DAMAGES: dict[str, tuple[Callable[[Workspace], object], str]] = {
    "a bit of a part": (lambda w: flip(part(w)), "its content is not the one it is named for (SHA-256)"),
    "a part gone": (lambda w: part(w).unlink(), "it is gone"),
    "the database cut": (
        lambda w: os.truncate(w.warehouse / "ncsi.duckdb", 5000), "ncsi.duckdb: cannot be opened",
    ),
    "a card that does not add up": (
        lambda w: run_sql(w, "UPDATE raw_files SET rows_read = rows_read + 1"), "its card counts",
    ),
    "a part taken out of the catalogue": (
        lambda w: run_sql(w, "DELETE FROM core_partitions"), "0 accepted rows are stored, its card says",
    ),
    "another version": (
        lambda w: run_sql(w, "UPDATE store_meta SET value = '2' WHERE name = 'version'"), "Run `ncsi migrate`",
    ),
    "a bit of the public results": (lambda w: flip(public(w)), "its content is not what was written (SHA-256)"),
    "public results gone": (lambda w: public(w).unlink(), "out_index_by_brand.parquet: it is gone"),
    "all public results gone": (
        lambda w: shutil.rmtree(w.warehouse / "public"), "the results of the public release are gone",
    ),
    "a line of the ledger edited": (edit_line, "line 2: the chain of hashes is broken"),
    "lines of the ledger lost": (drop_lines, "the ledger ends at line"),
    "the ledger gone": (lambda w: ledger(w).unlink(), "the ledger ends at line 0"),
    "a table of the release": (
        lambda w: flip(w.releases / WAVE / "data" / "out_index_national.csv"),
        "out_index_national.csv: changed",
    ),
    "a file of the release gone": (lambda w: (w.releases / WAVE / "index.html").unlink(), "index.html: missing"),
    "a file too many": (lambda w: (w.releases / WAVE / "more.txt").touch(), "more.txt: not a file of this release"),
    "a forged manifest": (forge, "manifest.json: it is not the one that was published on "),
    "the release gone": (lambda w: shutil.rmtree(w.releases / WAVE), "is gone. Restore it from a backup"),
    "the key open": (lambda w: (w.root / ".ncsi-key").chmod(0o644), "the pseudonym key is open to every user"),
    "the signing key open": (
        lambda w: (w.root / ".ncsi-signing-key").chmod(0o644),
        ".ncsi-signing-key: the signing key is open to every user",
    ),
    "the key gone": (lambda w: (w.root / ".ncsi-key").unlink(), "there is no pseudonym key"),
    "diagnoses open": (lambda w: (w.root / "private").mkdir(mode=0o755), "are open to others"),
    "rows of a killed query": (spill, "ncsi.duckdb.tmp: a killed query left it behind"),
    "what workers were to read": (
        lambda w: (w.warehouse / ".tmp-999999-a").touch(),
        "warehouse/.tmp-999999-a: a killed command left it behind",
    ),
    "half a part": (lambda w: (part(w).parent / ".tmp-1-a").touch(), ".tmp-1-a: a killed write left it behind"),
    "half of the public results": (
        lambda w: (w.warehouse / "public" / ".tmp-999999-a").mkdir(),
        "public/.tmp-999999-a: a killed write left it behind",
    ),
    "half a release": (
        lambda w: (w.releases / ".tmp-999999-a").mkdir(),
        ".tmp-999999-a: a killed publication left it behind",
    ),
}  # fmt: skip
MENDED = {
    "together": (
        "lines of the ledger lost", "the key open", "the signing key open", "diagnoses open", "half a part",
        "half of the public results", "half a release", "rows of a killed query", "what workers were to read",
    ),
    "the ledger gone": ("the ledger gone",),
}  # fmt: skip
"""What can be mended, on one workspace where nothing else is wrong."""
LEFT = (
    ("a bit of a part", "a card that does not add up", "public results gone", "a line of the ledger edited",
     "a table of the release", "a file of the release gone", "a file too many"),
    ("a part gone", "a bit of the public results", "a forged manifest", "the key gone"),
    ("a part taken out of the catalogue", "all public results gone", "the release gone"),
    ("the database cut",),
    ("another version",),
)  # fmt: skip
"""What cannot be, each on one workspace as far as none hides another."""


def test_every_damage_is_done() -> None:
    done = [one for some in (*MENDED.values(), *LEFT) for one in some]
    assert sorted(done) == sorted(DAMAGES)


def test_what_is_out_is_not_taken_for_nothing_where_its_results_are_gone(workspace):
    """Brands that it hides would be shown."""
    store = Store.open(workspace.warehouse)
    assert store.public_results(WAVE, "parcel_delivery")
    shutil.rmtree(workspace.warehouse / "public")
    with pytest.raises(
        StoreError, match=r"results of the public release are gone\. Restore it from a backup"
    ):
        store.public_results(WAVE, "parcel_delivery")
    assert store.public_results("2027", "parcel_delivery") == {}


def test_a_whole_workspace_is_whole(workspace, capsys):
    main(["audit", "--workspace", str(workspace.root)])
    assert capsys.readouterr().out == "Store, ledger, keys and 1 release are intact.\n"


def named(workspace: Workspace, *damages: str) -> None:
    """Do them, and find each of them told."""
    for damage in damages:
        DAMAGES[damage][0](workspace)
    found = [str(one) for one in audit_workspace(workspace).damages]
    untold = {one for one in damages if not any(DAMAGES[one][1] in line for line in found)}
    assert untold == set(), found
    assert not any("k" * 32 in one for one in found)


@pytest.mark.parametrize("damages", LEFT, ids=lambda some: some[0])
def test_each_damage_is_named_with_what_to_do(workspace, damages):
    named(workspace, *damages)


@pytest.mark.parametrize("which", MENDED)
def test_what_can_be_mended_is_named_and_mended(workspace, which):
    named(workspace, *MENDED[which])
    repaired = audit_workspace(workspace, repair=True)
    assert repaired.repaired
    assert [str(one) for one in repaired.damages] == []


def test_what_a_command_at_work_wrote_for_its_workers_is_left_alone(workspace):
    token = workspace.warehouse / f".tmp-{os.getpid()}-a"
    token.touch()
    assert audit_workspace(workspace, repair=True).damages == ()
    assert token.exists()


def test_a_release_that_is_being_replaced_is_no_damage(workspace):
    """Between the two renames: what takes its place is whole and has no place yet, what was there has none any more."""
    release = workspace.releases / WAVE
    with atomic.temporary_name(workspace.releases) as coming:
        shutil.copytree(release, coming)
        (coming / "index.html").write_text("not yet whole", encoding="utf-8")
        here = coming.name.removeprefix(".tmp-").rpartition("-")[0]
        old = release.rename(workspace.releases / f".tmp-{WAVE}.{here}.old")
        assert audit_workspace(workspace, repair=True).damages == ()
        assert old.is_dir()
    dead = old.rename(old.with_name(f".tmp-{WAVE}.999999-{here.partition('-')[2]}.old"))
    (damage,) = audit_workspace(workspace).damages
    assert damage.where == str(dead)
    assert "puts it back" in damage.cure
    assert audit_workspace(workspace, repair=True).damages == ()
    assert release.is_dir()


def test_a_release_under_way_rests_on_no_file(workspace):
    manifest = json.loads((workspace.releases / WAVE / "manifest.json").read_text(encoding="utf-8"))
    digest = next(iter(manifest["source_sha256"].values()))
    shutil.copytree(workspace.releases / WAVE, workspace.releases / ".tmp-1-a")
    assert resting_on(workspace, digest) == (WAVE, "latest")


def test_the_command_exits_1_and_says_what_to_do(workspace, capsys):
    part(workspace).unlink()
    with pytest.raises(SystemExit) as done:
        main(["audit", "--json", "--workspace", str(workspace.root)])
    assert done.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert said["damages"][0]["problem"] == "it is gone"
    assert "restore it from a backup" in said["damages"][0]["cure"]


def test_a_changed_part_is_refused_when_it_is_read(workspace):
    flip(part(workspace))
    with pytest.raises(StoreError, match="its SHA-256 is not the one that names it"):
        Store.open(workspace.warehouse).responses(WAVE, "skin_care")


def test_a_ledger_that_lost_lines_takes_no_more_until_that_is_accepted(workspace):
    drop_lines(workspace)
    with pytest.raises(
        StoreError, match=r"the ledger ends at line \d+, and had \d+\. Restore runs/ledger.jsonl"
    ):
        Ledger.of(workspace).record("START", "collect", "1")
    audit_workspace(workspace, repair=True)
    Ledger.of(workspace).record("START", "collect", "1")
    assert list((workspace.root / "anchors").glob("lost-ledger-*.json"))
    assert not list(Ledger.of(workspace).damages())


def test_the_ledger_holds_the_hash_of_each_release(workspace):
    import hashlib

    last = [one for one in Ledger.of(workspace).events() if one["job"] == "publish"][-1]
    manifest = (workspace.releases / WAVE / "manifest.json").read_bytes()
    assert (last["event"], last["folder"]) == ("COMPLETE", WAVE)
    assert last["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()


HARMED = {"pharmacy_visits-2026": "out_visits_by_chain.csv", "firms-2025": "out_composite_by_group.csv"}
GONE = ("satisfaction_list-2026", "quality_credit-2025")


def test_damages_of_releases_of_measures_and_indices_are_told(of_figures):
    """All at once: each is named by itself, with its release."""
    for release, table in HARMED.items():
        folder = of_figures.releases / release
        flip(folder / "data" / table)
        for name in ("index.html", "manifest.sig"):
            (folder / name).unlink()
        (folder / "more.txt").touch()
    for release in GONE:
        shutil.rmtree(of_figures.releases / release)
    expected = [(release, "is gone. Restore it from a backup") for release in GONE]
    for release, table in HARMED.items():
        expected += [
            (release, f"{table}: changed since publication"),
            (release, "index.html: missing"),
            (release, "manifest.sig: missing"),
            (release, "more.txt: not a file of this release"),
        ]
    found = [str(one) for one in audit_workspace(of_figures).damages]
    for release, said in expected:
        assert any(release in one and said in one for one in found), (release, said, found)
