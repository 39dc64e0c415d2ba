"""A database of tables in `ncsi.yaml`: what it may say, what it must not hold, and that tables are where it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncsi.errors import SpecError
from ncsi.spec import Workspace, open_workspace
from ncsi.spec.shared_catalogue import SHARED, SharedCatalogue, catalogue_of, said_of_catalogue

NEAR = "ducklake:postgres:user=ncsi host=/run/postgresql dbname=ncsi"


def opened(root: Path, setting: str, moving: bool = False) -> Workspace:
    (root / "ncsi.yaml").write_text(f"spec: ncsi/workspace/1\ncatalogue: '{setting}'\n", encoding="utf-8")
    return open_workspace(root, moving)


def test_an_address_is_what_libpq_is_told_in_one_order(tmp_path: Path) -> None:
    found = opened(tmp_path, NEAR).catalogue
    assert found == SharedCatalogue("dbname=ncsi host=/run/postgresql user=ncsi")
    assert str(found) == "database ncsi at /run/postgresql"
    far = "ducklake:postgres:dbname=ncsi host=db.example.cn sslmode=verify-full sslrootcert=/etc/ca.pem"
    assert opened(tmp_path, far).catalogue == SharedCatalogue(far.removeprefix("ducklake:postgres:"))
    assert opened(tmp_path, "").catalogue is None


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        (f"{NEAR} password=geheim", "what looks like a password"),
        (f"{NEAR} passfile=/geheim", "what looks like a password"),
        ("ducklake:postgres:postgresql://ncsi:geheim@db/ncsi", "what looks like a password"),
        ("postgresql://db/ncsi", "no address of a database"),
        ("ducklake:postgres:dbname=ncsi", "no address of a database"),
        ("ducklake:postgres:ncsi", "no address of a database"),
        (f"{NEAR} options=-cgeheim", "'options' is no word of it"),
        ("ducklake:postgres:host=/run dbname=n''; geheim", "no address of a database"),
        ("ducklake:postgres:host=/run dbname=n\\geheim", "the value of dbname"),
        ("ducklake:postgres:dbname=ncsi host=db.example.cn", "is not asked who it is"),
        ("ducklake:postgres:dbname=ncsi host=10.0.0.7 sslmode=require", "is not asked who it is"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_and_no_password_repeated(
    tmp_path: Path, setting: str, problem: str
) -> None:
    with pytest.raises(SpecError, match=problem) as said:
        opened(tmp_path, setting)
    assert "geheim" not in str(said.value)


def test_tables_that_lie_elsewhere_are_neither_looked_for_nor_written(tmp_path: Path) -> None:
    store = tmp_path / "warehouse"
    store.mkdir()
    (store / "ncsi.duckdb").touch()
    with pytest.raises(SpecError, match=r"lie in the folder .* Run `ncsi move-store`"):
        opened(tmp_path, NEAR)
    assert opened(tmp_path, NEAR, moving=True).catalogue is not None
    (store / SHARED).write_bytes(
        said_of_catalogue(SharedCatalogue("dbname=ncsi host=/run/postgresql user=ncsi"))
    )
    opened(tmp_path, NEAR)
    with pytest.raises(SpecError, match="and not in the folder"):
        opened(tmp_path, "")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "{}",
        '{"catalogue": "host=a"}',
        '{"catalogue": "dbname=a host=\'b"}',
        '{"catalogue": "dbname=a host=db.example.cn"}',
    ],
)
def test_a_file_that_does_not_say_where_tables_lie_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / SHARED).write_text(said)
    with pytest.raises(SpecError, match="does not say which database"):
        catalogue_of(tmp_path)
