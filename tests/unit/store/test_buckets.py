"""Responses in a bucket: what is written, read, removed; every fault is told, and nothing is half there."""

from __future__ import annotations

import http.server
import json
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from ncsi import atomic
from ncsi.errors import SpecError, StoreBusy, StoreError
from ncsi.spec.object_storage import POINTER, Bucket, said_of
from ncsi.store import Place, Store, erase, inspection, moving, object_clients, objects, wave_lock
from ncsi.store.changing import UNSWEPT, Unswept
from ncsi.store.claim import CLAIM, STORE_ID, claim, take_bucket
from ncsi.store.parts import part_bytes
from ncsi.tables import CORE_PARTITIONS, RAW_FILES

OTHER = "b" * 64


@pytest.fixture
def there(empty, tmp_path, bucket) -> SimpleNamespace:
    """A store whose responses lie in a bucket, and a look into the bucket."""
    place = Place(Path(shutil.copytree(empty, tmp_path / "in-bucket")), wait_s=8)
    take_bucket(place, bucket[0])
    client, name = bucket[1], bucket[0].name

    def names(kind: str = ".parquet") -> list[str]:
        found = client.list_objects_v2(Bucket=name).get("Contents", [])
        return [one["Key"] for one in found if one["Key"].endswith(kind)]

    return SimpleNamespace(
        store=Store.open(place.folder, wait_s=8), bucket=bucket[0], client=client, names=names
    )


def add(store: Store, make, sha: str = "a" * 64) -> bool:
    return store.add_source(make.card(sha=sha), [make.part(make.responses(sha=sha))], make.NO_REJECTS)


def paths(store: Store) -> list[str]:
    return list(store.table(CORE_PARTITIONS.name)["path"])


def spoken_to_at(store: Store, bucket: Bucket, endpoint: str) -> None:
    atomic.write(store.folder / POINTER, said_of(replace(bucket, endpoint=endpoint, timeout_s=1)))


def damages(store: Store) -> list[str]:
    return [str(one) for one in inspection.damages(store.place)]


def test_rows_lie_in_the_bucket_under_the_name_that_they_have_in_a_folder(there, make, store):
    assert add(there.store, make)
    assert add(store, make)
    assert paths(there.store) == paths(store)
    assert there.names() == [f"nation/{paths(store)[0]}"]
    assert not list(there.store.place.responses.rglob("*.parquet"))
    assert there.store.responses("2026", "bank").equals(store.responses("2026", "bank"))
    query = "SELECT sum(q1) AS q1 FROM responses_2026"
    assert there.store.sql(query).equals(store.sql(query))
    assert there.store.responses("2026", "bank", ["q1"]).shape == (3, 1)
    assert damages(there.store) == []


def test_nothing_is_left_of_who_is_forgotten_nor_of_a_wave_whose_time_is_over(there, make):
    add(there.store, make)
    before = there.names()
    assert len(there.store.forget("2026", ["aaaa1"])) == 1
    after = there.names()
    assert len(after) == 1
    assert after != before
    assert there.store.forget_wave("2026") == 2
    assert there.names() == []
    assert damages(there.store) == []


def test_a_withdrawn_or_replaced_file_leaves_the_bucket(there, make):
    add(there.store, make)
    assert there.store.withdraw("2026", "a" * 64, "wrong wave", "N.N.") == 3
    assert there.names() == []


@pytest.mark.parametrize("asked_for", [("AES256", ""), ("aws:kms", "alias/ncsi")], ids=lambda one: one[0])
def test_encryption_is_asked_for(asked_for, there, make):
    asked = replace(there.bucket, encryption=asked_for[0], kms_key=asked_for[1])
    atomic.write(there.store.folder / POINTER, said_of(asked))
    add(there.store, make)
    head = there.client.head_object(Bucket=asked.name, Key=there.names()[0])
    assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId", "")) == asked_for


class _Careless(http.server.BaseHTTPRequestHandler):
    """Between us and the stand-in: denies, stalls, is full, or takes no notice of conditions."""

    mode, behind = "", ""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.mode == "slow":
            time.sleep(8)
            return
        if self.mode in ("403", "507"):
            said = b"<Error><Code>No</Code><AWSAccessKeyId>AKIATEST</AWSAccessKeyId></Error>"
            self.reply(int(self.mode), {}, said)
            return
        left_out = {"host", "content-length", "connection", "if-match", "if-none-match"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        asked = urllib.request.Request(self.behind + self.path, body or None, headers, method=self.command)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
                self.reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            self.reply(error.code, dict(error.headers), error.read())

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        kept = {"etag", "last-modified", "content-type"}
        for name, value in headers.items():
            if name.lower() in kept:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def careless(object_storage) -> Iterator[tuple[str, type[_Careless]]]:
    handler = type("Handler", (_Careless,), {"behind": object_storage})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


FAULTS = {
    "403": "access is denied",
    "507": "has no room left",
    "slow": "does not answer within 1 s",
    "gone": "there is no bucket",
    "no server": "does not answer within 1 s",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bucket_that_fails_is_told_and_the_store_is_as_it_was(fault, there, make, careless):
    add(there.store, make)
    was = paths(there.store)
    endpoint, handler = careless
    handler.mode = fault
    if fault == "gone":
        spoken_to_at(
            there.store, replace(there.bucket, uri="s3://no-such-bucket/nation"), there.bucket.endpoint
        )
    else:
        spoken_to_at(there.store, there.bucket, "http://127.0.0.1:9" if fault == "no server" else endpoint)
    works = [lambda: add(there.store, make, OTHER)]
    if fault != "slow":  # each takes its patience
        works += [
            lambda: there.store.responses("2026", "bank"),
            lambda: there.store.forget("2026", ["aaaa1"]),
        ]
    for work in works:
        with pytest.raises(StoreError, match=FAULTS[fault]) as told:
            work()
        assert "AKIATEST" not in str(told.value)
        assert "not-to-be-seen" not in str(told.value)
    assert paths(there.store) == was
    if fault == "403":
        assert [one for one in damages(there.store) if "cannot be checked: access is denied" in one]
    atomic.write(there.store.folder / POINTER, said_of(there.bucket))
    assert add(there.store, make, OTHER)
    assert len(there.names()) == 2
    assert damages(there.store) == []


def test_a_part_that_another_wrote_over_is_named_and_not_believed(there, make):
    add(there.store, make)
    key = there.names()[0]
    there.client.put_object(Bucket=there.bucket.name, Key=key, Body=b"PAR1 of another")
    name = Path(key).name
    with pytest.raises(
        StoreError, match=f"{name}: a file of the store is gone or damaged: its content is not"
    ):
        there.store.responses("2026", "bank")
    with pytest.raises(StoreError, match=name):
        there.store.forget("2026", ["aaaa1"])
    assert [one for one in damages(there.store) if name in one and "SHA-256" in one]
    there.client.delete_object(Bucket=there.bucket.name, Key=key)
    with pytest.raises(StoreError, match=f"{name}: a file of the store is gone or damaged: there is no such"):
        there.store.responses("2026", "bank")
    assert [one for one in damages(there.store) if name in one and "it is gone" in one]


def test_what_is_not_what_was_sent_is_not_committed(there, make, monkeypatch):
    monkeypatch.setattr("ncsi.store.objects.read", lambda *_: b"cut short")
    with pytest.raises(StoreError, match="what was read back is not what was written"):
        add(there.store, make)
    assert paths(there.store) == []
    assert there.names() == []


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
import conftest as make
from pathlib import Path
from ncsi.store import Store, wave_lock
wave_lock.Held.about_to_list = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Store.open(Path(sys.argv[1])).add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
"""


def test_killed_between_upload_and_commit_the_next_command_sweeps_and_stores_the_same(there, make, warm):
    died = warm.run(KILLED, str(there.store.folder), str(Path(__file__).parent))
    assert died.returncode == -signal.SIGKILL
    orphan = there.names()
    assert len(orphan) == 1
    assert paths(there.store) == []
    assert [one for one in damages(there.store) if "a killed write left it behind" in one]
    assert list(there.store.folder.glob(f"{UNSWEPT}*"))
    store = Store.open(there.store.folder, wait_s=20)  # the lease of who was killed ends first
    assert there.names() == []
    assert not list(store.folder.glob(f"{UNSWEPT}*"))
    assert add(store, make)
    assert there.names() == orphan


STILL_THERE = (
    "it is taken out of the catalogue; what it replaced is still in the bucket: run `ncsi audit --repair`"
)


@contextmanager
def away_after_commit(what: str = "listed") -> Iterator[None]:
    """The bucket answers no more once a transaction is committed, or the lock is another's by then."""

    def fails(bucket: Bucket, *_: str) -> None:
        raise objects.BucketAway(f"{bucket}: it does not answer.{objects.UNCHANGED}")

    with pytest.MonkeyPatch.context() as patched:
        if what == "lock":
            patched.setattr(wave_lock.Held, "still", lambda _: False)
        else:
            patched.setattr(objects, what, fails)
        yield


@pytest.mark.parametrize("what", ["listed", "remove", "lock"])
def test_who_is_forgotten_is_out_though_the_bucket_goes_away_after_the_commit(what, there, make, monkeypatch):
    add(there.store, make)
    rebuilt, real = [], erase.rebuild
    monkeypatch.setattr(erase, "rebuild", lambda place: rebuilt.append(real(place)))
    with away_after_commit(what), pytest.raises(Unswept, match=STILL_THERE) as told:
        there.store.forget("2026", ["aaaa1"])
    assert "Nothing was changed" not in str(told.value)
    assert len(rebuilt) == 1
    assert len(there.store.responses("2026", "bank")) == 2
    assert len(there.names()) == 2
    inspection.clear(there.store.place)
    assert there.names() == [f"nation/{paths(there.store)[0]}"]
    assert damages(there.store) == []


def test_a_wave_and_a_file_are_out_though_the_bucket_goes_away_after_the_commit(there, make):
    add(there.store, make)
    add(there.store, make, OTHER)
    with away_after_commit():
        with pytest.raises(Unswept, match=STILL_THERE):
            there.store.withdraw("2026", OTHER, "wrong wave", "N.N.")
        assert len(paths(there.store)) == 1
        with pytest.raises(Unswept, match=STILL_THERE):
            there.store.forget_wave("2026")
    assert paths(there.store) == []


def test_a_file_is_stored_though_the_bucket_goes_away_after_the_commit(there, make):
    with away_after_commit():
        assert add(there.store, make)
        assert not add(there.store, make)
    assert len(paths(there.store)) == 1
    assert list(there.store.folder.glob(f"{UNSWEPT}*"))
    Store.open(there.store.folder)
    assert not list(there.store.folder.glob(f"{UNSWEPT}*"))
    assert damages(there.store) == []


def test_an_audit_removes_what_no_catalogue_lists(there, make):
    add(there.store, make)
    stray = there.names()[0].replace(Path(there.names()[0]).stem, "c" * 64)
    there.client.put_object(Bucket=there.bucket.name, Key=stray, Body=b"left behind")
    assert [one for one in damages(there.store) if "c" * 64 in one]
    assert inspection.clear(there.store.place) == 1
    assert there.names() == [f"nation/{one}" for one in paths(there.store)]


def test_a_copy_of_the_catalogue_that_lost_the_race_is_refused_and_removes_nothing(there, make, tmp_path):
    copy = Store.open(shutil.copytree(there.store.folder, tmp_path / "copy"), wait_s=8)
    add(there.store, make)
    kept = there.names()
    with pytest.raises(StoreError, match=r"wave 2026 was last written by process .* with another catalogue"):
        add(copy, make, OTHER)
    assert paths(copy) == []
    assert there.names() == kept
    assert add(there.store, make, OTHER)


def test_a_wave_that_another_holds_is_waited_for_and_its_holder_named(there, make):
    held = wave_lock.acquire(there.bucket, "2026", [], 1)
    try:
        impatient = Store(replace(there.store.place, wait_s=0.2))
        with pytest.raises(StoreBusy, match=r"process \d+ on .* holds the lock of wave 2026"):
            add(impatient, make)
        time.sleep(4)  # longer than the lease, which is renewed
        with pytest.raises(StoreBusy):
            wave_lock.acquire(there.bucket, "2026", [], 0.2)
    finally:
        held.release([])
    assert add(there.store, make)


def test_who_is_not_heard_of_for_a_lease_loses_the_lock_and_cannot_commit(there):
    gone = wave_lock.acquire(there.bucket, "2026", [], 1)
    gone._over.set()  # as when the machine sleeps: nothing is renewed
    late = wave_lock.acquire(there.bucket, "2026", [], 8)
    with pytest.raises(StoreBusy, match="another took over the lock"):
        gone.about_to_list(["part"])
    assert not gone.still()
    gone.release(["part"])
    assert late.still()
    late.release([])


def test_of_many_only_one_has_the_lock_at_a_time(there):
    inside, most = [], []

    def work() -> None:
        held = wave_lock.acquire(there.bucket, "2026", [], 30)
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        held.release([])

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == [1, 1, 1]


def test_an_object_that_is_no_lock_is_named(there, make):
    there.client.put_object(Bucket=there.bucket.name, Key="nation/locks/2026.json", Body=b"{}")
    with pytest.raises(StoreError, match=r"locks/2026.json: it is no lock that ncsi wrote"):
        add(there.store, make)


def test_a_bucket_that_keeps_versions_is_refused(empty, tmp_path, bucket):
    bucket[1].put_bucket_versioning(Bucket=bucket[0].name, VersioningConfiguration={"Status": "Enabled"})
    place = Place(Path(shutil.copytree(empty, tmp_path / "warehouse")))
    with pytest.raises(
        SpecError, match="the bucket keeps versions, so that answers which are deleted would live on"
    ):
        take_bucket(place, bucket[0])
    assert place.bucket is None


def test_a_bucket_that_begins_to_keep_versions_takes_no_answers(there, make):
    there.client.put_bucket_versioning(
        Bucket=there.bucket.name, VersioningConfiguration={"Status": "Enabled"}
    )
    with pytest.raises(SpecError, match="keeps versions"):
        add(there.store, make)
    assert there.names() == []


def test_a_prefix_is_of_one_store(there, make, empty, tmp_path):
    other = Path(shutil.copytree(empty, tmp_path / "other"))
    with pytest.raises(StoreError, match="the prefix belongs to another store"):
        claim(other, there.bucket)
    add(there.store, make)
    (there.store.folder / STORE_ID).write_text("0" * 32)
    with pytest.raises(StoreError, match="the prefix belongs to another store"):
        add(there.store, make, OTHER)
    there.client.delete_object(Bucket=there.bucket.name, Key=f"nation/{CLAIM}")
    with pytest.raises(StoreError, match="there are responses of a store already"):
        claim(other, there.bucket)


def test_a_service_that_takes_no_notice_of_conditions_is_refused(bucket, careless, tmp_path):
    with pytest.raises(SpecError, match="in spite of a condition"):
        claim(tmp_path, replace(bucket[0], endpoint=careless[0]))


@pytest.mark.parametrize("which", ["careless", "full"])
def test_a_claim_that_was_killed_before_its_trial_is_tried_by_the_next(
    which, there, make, tmp_path, monkeypatch
):
    fresh, real = replace(there.bucket, uri=f"s3://{there.bucket.name}/fresh"), objects._put_if
    if which == "full":
        add(there.store, make)
        fresh = there.bucket
        there.client.delete_object(Bucket=fresh.name, Key=f"nation/{CLAIM}")
    told = "in spite of a condition" if which == "careless" else "there are responses of a store already"

    def away(bucket: Bucket, *_: str) -> None:
        raise objects.BucketAway(f"{bucket}: it does not answer.")

    def unconditional(bucket: Bucket, name: str, content: bytes, mode: object) -> str:
        return real(bucket, name, content, "overwrite" if name.startswith("probe-") else mode)

    with monkeypatch.context() as killed:
        killed.setattr(objects, "listed", away)
        killed.setattr(objects, "remove", away)
        with pytest.raises(objects.BucketAway):
            claim(tmp_path, fresh)
    assert there.names(f"{fresh.prefix}/{CLAIM}")
    if which == "careless":
        monkeypatch.setattr(objects, "_put_if", unconditional)
    with pytest.raises((SpecError, StoreError), match=told):
        claim(tmp_path, fresh)
    assert not there.names(f"{fresh.prefix}/{CLAIM}")


def test_a_dry_run_of_a_move_tells_a_part_that_is_gone(store, make, bucket):
    add(store, make)
    (store.folder / paths(store)[0]).unlink()
    with pytest.raises(StoreError, match=r"gone or damaged: No such file.*`ncsi audit`"):
        moving.move(store.place, bucket[0], dry_run=True)


def test_with_a_mark_left_and_the_bucket_away_the_catalogue_can_be_asked(there, make):
    add(there.store, make)
    (there.store.folder / f"{UNSWEPT}2026").touch()
    spoken_to_at(there.store, there.bucket, "http://127.0.0.1:9")
    assert paths(Store.open(there.store.folder)) == paths(there.store)
    assert list(there.store.folder.glob(f"{UNSWEPT}*"))
    spoken_to_at(there.store, there.bucket, there.bucket.endpoint)
    Store.open(there.store.folder)
    assert not list(there.store.folder.glob(f"{UNSWEPT}*"))


def test_responses_move_there_and_back_and_a_broken_move_goes_on(store, make, bucket, monkeypatch):
    add(store, make)
    add(store, make, OTHER)
    before = {path: (store.folder / path).read_bytes() for path in paths(store)}
    looked = moving.move(store.place, bucket[0], dry_run=True)
    assert (looked.parts, looked.already, looked.rows) == (2, 0, 6)
    assert looked.bytes == sum(map(len, before.values()))
    real, calls = moving.put_part, []

    def broken(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("the line broke")
        real(*arguments)

    monkeypatch.setattr(moving, "put_part", broken)
    with pytest.raises(StoreError, match="the line broke"):
        moving.move(store.place, bucket[0])
    assert store.place.bucket is None
    assert damages(store) == []
    done = moving.move(store.place, bucket[0])
    assert (done.parts, done.already, done.target) == (2, 1, bucket[0].uri)
    assert not list(store.place.responses.rglob("*.parquet"))
    assert {path: part_bytes(store.place, path) for path in paths(store)} == before
    assert damages(store) == []
    store.forget("2026", ["aaaa1"])
    back = moving.move(store.place, None)
    assert (back.parts, back.already) == (2, 0)
    assert store.place.bucket is None
    assert damages(store) == []
    assert bucket[1].list_objects_v2(Bucket=bucket[0].name)["KeyCount"] == 0


def test_a_move_that_was_killed_before_the_old_place_was_empty_is_told_and_ended(there, make, monkeypatch):
    add(there.store, make)
    with monkeypatch.context() as killed:
        killed.setattr(moving, "leave", lambda _: None)
        moving.move(there.store.place, None)
    assert [
        one for one in damages(there.store) if "responses may lie there still that were moved away" in one
    ]
    assert there.names()
    Store.open(there.store.folder)
    assert there.names("") == []
    assert damages(there.store) == []


def test_a_bucket_that_was_left_and_is_anothers_since_is_not_emptied(
    there, make, empty, tmp_path, monkeypatch
):
    add(there.store, make)
    real = objects.remove

    def unheard(bucket: Bucket, name: str) -> None:
        real(bucket, name)
        if name == CLAIM:
            raise objects.BucketAway(f"{bucket}: it does not answer.{objects.UNCHANGED}")

    with monkeypatch.context() as patched:
        patched.setattr(objects, "remove", unheard)
        with pytest.raises(StoreError, match=r"may lie there still; they lie in .*by_respondent now\. Make"):
            moving.move(there.store.place, None)
    other = Place(Path(shutil.copytree(empty, tmp_path / "other")), wait_s=8)
    take_bucket(other, there.bucket)
    add(Store.open(other.folder, wait_s=8), make)
    kept = there.names("")
    Store.open(there.store.folder)
    assert there.names("") == kept
    assert not (there.store.folder / moving.LEAVING).exists()
    assert damages(Store.open(other.folder)) == []


def test_a_move_first_ends_the_one_before(there, make, monkeypatch):
    add(there.store, make)
    second = replace(there.bucket, uri=f"s3://{there.bucket.name}/second")
    real = objects.listed

    def away(bucket: Bucket, folder: str) -> dict[str, int]:
        if bucket.uri == there.bucket.uri:
            raise objects.BucketAway(f"{bucket}: it does not answer.{objects.UNCHANGED}")
        return real(bucket, folder)

    with monkeypatch.context() as patched:
        patched.setattr(objects, "listed", away)
        with pytest.raises(StoreError, match=rf"may lie there still; they lie in {second.uri} now"):
            moving.move(there.store.place, second)
        with pytest.raises(StoreError, match=rf"^{there.bucket.uri}: .* nothing was moved\. Make it reach"):
            moving.move(there.store.place, None)
    assert there.store.place.bucket.uri == second.uri
    assert moving.move(there.store.place, None).parts == 1
    assert there.names("") == []
    assert damages(there.store) == []


def test_back_into_a_bucket_that_could_not_be_emptied(there, make, monkeypatch):
    add(there.store, make)
    with monkeypatch.context() as patched:
        patched.setattr(moving, "leave", lambda _: None)
        moving.move(there.store.place, None)
    assert moving.move(there.store.place, there.bucket).already == 1
    Store.open(there.store.folder)
    assert damages(there.store) == []
    assert len(there.names()) == 1


def test_files_that_a_killed_move_left_are_told_and_removed_by_the_next(store, make, bucket, monkeypatch):
    add(store, make)
    with monkeypatch.context() as killed:
        killed.setattr(moving, "sweep", lambda *_: 0)
        moving.move(store.place, bucket[0])
    Store.open(store.folder)  # which does not take what the catalogue lists for left behind
    assert len(list(store.place.responses.rglob("*.parquet"))) == 1
    assert [one for one in damages(store) if "may lie there still" in one]
    again = moving.move(store.place, bucket[0])
    assert (again.parts, again.already) == (1, 1)
    assert list(store.place.responses.rglob("*.parquet")) == []
    assert damages(store) == []


def test_a_whole_bucket_may_be_the_stores(store, make, bucket):
    add(store, make)
    whole = replace(bucket[0], uri=f"s3://{bucket[0].name}")
    assert moving.move(store.place, whole).parts == 1
    add(store, make, OTHER)
    store.forget("2026", ["aaaa1"])
    assert damages(store) == []
    assert len(store.responses("2026", "bank")) == 5


def test_a_large_part_goes_in_pieces(there, monkeypatch):
    monkeypatch.setattr("ncsi.store.objects._WHOLE", 0)
    monkeypatch.setattr("ncsi.store.objects._PIECE", 5 * 1024 * 1024)
    content = bytes(range(256)) * 4 * 1024 * 6
    objects.put(there.bucket, "large", content)
    assert objects.read(there.bucket, "large") == content


def test_a_full_disk_beside_the_catalogue_leaves_the_wave_free(there, make, monkeypatch):
    def full(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "touch", full)
        with pytest.raises(StoreError, match="cannot write: No space left on device"):
            add(there.store, make)
    assert there.names() == []
    assert add(there.store, make)


def test_a_catalogue_that_cannot_be_written_leaves_nothing_in_the_bucket(there, make, monkeypatch):
    def full(*_: object) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    add(there.store, make)
    kept = there.names()
    with monkeypatch.context() as patched:
        patched.setattr("ncsi.store.store.insert", full)
        with pytest.raises(StoreError, match=r"cannot write: .*No space left on device"):
            add(there.store, make, OTHER)
    assert there.names() == kept
    assert damages(there.store) == []
    assert add(there.store, make, OTHER)


def test_a_bucket_named_in_the_host(bucket):
    virtual = replace(bucket[0], endpoint="https://oss.example.cn", addressing="virtual")
    said = object_clients.writer(virtual).config
    assert said["endpoint"] == f"https://{virtual.name}.oss.example.cn"
    assert said["virtual_hosted_style_request"] in (True, "true")


def test_where_nobody_gave_keys_that_is_said(bucket, careless, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(SpecError, match="AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not"):
        claim(tmp_path, bucket[0])
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", careless[0])
    careless[1].mode = "403"
    with pytest.raises(StoreError, match=r"no credentials were found\. Check AWS_ACCESS_KEY_ID"):
        claim(tmp_path, bucket[0])


def test_keys_come_from_a_profile_and_a_profile_without_is_named(tmp_path, monkeypatch):
    file = tmp_path / "credentials"
    file.write_text("[ncsi]\naws_access_key_id = A\naws_secret_access_key = B\n[empty]\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "ncsi")
    assert object_clients._keys() == ("A", "B", "")
    monkeypatch.setenv("AWS_PROFILE", "empty")
    with pytest.raises(SpecError, match="the profile 'empty' has no keys there"):
        object_clients._keys()


def test_an_address_of_the_environment_is_held_to_the_same(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://storage.example.org")
    with pytest.raises(SpecError, match="AWS_ENDPOINT_URL_S3: the address of the service is not https"):
        object_clients.reader(Bucket("s3://bucket"))


def test_where_answers_lie_is_not_guessed_from_a_damaged_file(there, make):
    (there.store.folder / POINTER).write_text(json.dumps({"uri": "file:///etc"}))
    with pytest.raises(SpecError, match="it does not say in which bucket the answers lie"):
        add(there.store, make)


def test_cards_say_the_same_wherever_rows_lie(there, make, store):
    for one in (there.store, store):
        add(one, make)
    cards = [
        one.table(RAW_FILES.name).drop(columns="ingested_at", errors="ignore") for one in (there.store, store)
    ]
    assert cards[0].equals(cards[1])
