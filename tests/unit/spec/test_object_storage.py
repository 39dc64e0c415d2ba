"""A bucket in `ncsi.yaml`: what it may say, what it must not hold, and that it is where the answers lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncsi import atomic
from ncsi.errors import SpecError
from ncsi.spec import open_workspace
from ncsi.spec.object_storage import POINTER, Bucket, bucket_of, said_of

IN_BUCKET = "warehouse: s3://ncsi-answers/nation\n"


def opened(root: Path, settings: str, moving: bool = False):
    (root / "ncsi.yaml").write_text(f"spec: ncsi/workspace/1\n{settings}", encoding="utf-8")
    return open_workspace(root, moving)


def test_the_tables_stay_in_a_folder_and_the_answers_lie_in_the_bucket(tmp_path):
    storage = (
        "object_storage: {catalogue: data/store, endpoint: 'https://oss.example.cn', addressing: virtual}\n"
    )
    found = opened(tmp_path, IN_BUCKET + storage)
    assert found.warehouse == tmp_path / "data" / "store"
    assert found.bucket == Bucket("s3://ncsi-answers/nation", "https://oss.example.cn", addressing="virtual")
    assert (found.bucket.name, found.bucket.prefix) == ("ncsi-answers", "nation")
    assert opened(tmp_path, "warehouse: data/store\n").bucket is None


WRONG = {
    "an access key": (
        IN_BUCKET + "object_storage: {access_key_id: AKIA1}\n",
        "'access_key_id' is no setting",
    ),
    "a secret": (IN_BUCKET + "object_storage: {aws_secret_access_key: AKIA1}\n", "is no setting"),
    "a session token": (IN_BUCKET + "object_storage: {session_token: AKIA1}\n", "is no setting"),
    "keys in the address": (
        "warehouse: s3://AKIA1:AKIA2@bucket/x\n",
        "holds more than a bucket and a prefix",
    ),
    "keys in the endpoint": (
        IN_BUCKET + "object_storage: {endpoint: 'https://AKIA1:AKIA2@host'}\n",
        "the address of the service holds more than a host",
    ),
    "no encryption on the line": (
        IN_BUCKET + "object_storage: {endpoint: 'http://minio.example.org:9000'}\n",
        "the address of the service is not https",
    ),
    "another scheme": ("warehouse: gs://bucket/x\n", "the address is none of a bucket"),
    "a way out": ("warehouse: s3://bucket/../x\n", "the address is none of a bucket"),
    "a folder with object_storage": ("object_storage: {region: cn-north-1}\n", "the warehouse is a folder"),
    "a key without its kind": (IN_BUCKET + "object_storage: {kms_key: k1}\n", "encryption is not aws:kms"),
    "no patience": (IN_BUCKET + "object_storage: {timeout_s: 0}\n", "timeout_s"),
    "an unknown key": (IN_BUCKET + "object_storage: {endpont: 'https://x'}\n", "Did you mean 'endpoint'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named_and_no_key_is_repeated(what, tmp_path):
    settings, said = WRONG[what]
    with pytest.raises(SpecError) as told:
        opened(tmp_path, settings)
    assert said in str(told.value)
    assert "AKIA" not in str(told.value)


def test_loopback_needs_no_encryption_on_the_line(tmp_path):
    storage = "object_storage: {endpoint: 'http://127.0.0.1:9000'}\n"
    assert opened(tmp_path, IN_BUCKET + storage).bucket.endpoint == "http://127.0.0.1:9000"


def test_answers_that_lie_elsewhere_are_not_looked_for(tmp_path):
    folder = tmp_path / "warehouse"
    folder.mkdir()
    (folder / "ncsi.duckdb").touch()
    with pytest.raises(
        SpecError, match=r"lie in the folder .*warehouse, and not in s3://.*`ncsi move-store`"
    ):
        opened(tmp_path, IN_BUCKET)
    assert opened(tmp_path, IN_BUCKET, moving=True).bucket is not None
    atomic.write(folder / POINTER, said_of(Bucket("s3://ncsi-answers/nation")))
    assert bucket_of(folder) == opened(tmp_path, IN_BUCKET).bucket
    with pytest.raises(SpecError, match="and not in the folder"):
        opened(tmp_path, "")
    with pytest.raises(SpecError, match="in another way than object_storage says"):
        opened(tmp_path, IN_BUCKET + "object_storage: {region: cn-north-1}\n")
