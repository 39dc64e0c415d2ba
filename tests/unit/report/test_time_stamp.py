"""A time stamp beside a manifest is held against it."""

from __future__ import annotations

import base64
import hashlib
import shutil

import pytest

from ncsi.report.time_stamp import time_stamp_problem
from ncsi.report.verify import verify_release

STAMPED = b"manifest"
RESPONSE = base64.b64decode(
    "MIIDWDADAgEAMIIDTwYJKoZIhvcNAQcCoIIDQDCCAzwCAQMxDzANBglghkgBZQMEAgEFADByBgsqhkiG9w0BCRABBKBjBGEwXwIB"
    "AQYEKgMEATAxMA0GCWCGSAFlAwQCAQUABCAFs6vyV5petmQDzXi+VX/YYGM6H+IQPHZCAw3v4yxlfwIBAhgPMjAyNjExMjgxODI1"
    "MjFaMAMCAQECCB5Og1InH7kToIIBczCCAW8wggEVoAMCAQICFEui4JPRarKRRodBXDHRVCVcZ8AkMAoGCCqGSM49BAMCMBkxFzAV"
    "BgNVBAMMDlRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyODE4MjUyMVoYDzIxMjYxMTA0MTgyNTIxWjAZMRcwFQYDVQQDDA5UZXN0IGF1"
    "dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDNzqLLNqq5yQnhAOZxs1nSMC/DNw+0Jjt+s+7OPr2C7uOEsZj1s8CtA"
    "91N2B522maDgCLPdLqXxCjsWHGu/hFyjOTA3MBYGA1UdJQEB/wQMMAoGCCsGAQUFBwMIMB0GA1UdDgQWBBRTQPZRjSunX81qaWqK"
    "oi+vZyVfmDAKBggqhkjOPQQDAgNIADBFAiEA52vKmgEg4erH5lJ+uOYA4H+yANjtLHeZNWTcIlt5G64CIAm2z4MyMtXtxBcCZ0+b"
    "AQD8nBYuasUoDAFo/3PT+pIGMYIBOTCCATUCAQEwMTAZMRcwFQYDVQQDDA5UZXN0IGF1dGhvcml0eQIUS6Lgk9FqspFGh0FcMdFU"
    "JVxnwCQwDQYJYIZIAWUDBAIBBQCggZgwGgYJKoZIhvcNAQkDMQ0GCyqGSIb3DQEJEAEEMBwGCSqGSIb3DQEJBTEPFw0yNjExMjgx"
    "ODI1MjFaMCsGCyqGSIb3DQEJEAIMMRwwGjAYMBYEFOcwjUd1xt54yKZAhTA0J8b/YKyzMC8GCSqGSIb3DQEJBDEiBCDTEwXftmOL"
    "uBCzyh1QS9rs2YzjXGhLUx+wjdUl5cagmDAKBggqhkjOPQQDAgRHMEUCIC8AQfb6Lvu21Y63lN7Tue0Rj0Tr8ZlFC4Ne+tEja1tV"
    "AiEAjUTtHGy1kEhD7vnUtZC7G7DYjaLqoWXgZZEmgAF/xSg="
)
"""Of STAMPED, by an authority made with openssl for this test (SHA-256, granted)."""
REFUSED = bytes.fromhex("30053003020102")


def test_a_time_stamp_of_these_bytes_holds():
    assert time_stamp_problem(RESPONSE, STAMPED) is None


def test_a_time_stamp_of_other_bytes_is_told():
    assert time_stamp_problem(RESPONSE, STAMPED + b" ") == "stamps another manifest, not this one"


@pytest.mark.parametrize(
    ("oid", "said"),
    [
        ("608648016503040203", "stamps another manifest"),
        ("608648016503040204", "stamps a hash that is not SHA-2"),
    ],
)
def test_another_hash_than_it_says_is_told(oid, said):
    at = RESPONSE.rindex(
        bytes.fromhex("608648016503040201"), 0, RESPONSE.index(hashlib.sha256(STAMPED).digest())
    )
    changed = RESPONSE[:at] + bytes.fromhex(oid) + RESPONSE[at + 9 :]
    assert said in str(time_stamp_problem(changed, STAMPED))


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (b"", "is no time stamp"),
        (b"x" * 40, "is no time stamp"),
        (RESPONSE[:-9], "is no time stamp"),
        (RESPONSE + b"x", "is no time stamp"),
        (REFUSED, "refusal to stamp"),
    ],
)
def test_what_is_no_time_stamp_says_so(response, said):
    assert said in str(time_stamp_problem(response, STAMPED))


def test_a_foreign_time_stamp_is_one_more_problem_of_a_release(nation, tmp_path):
    folder = shutil.copytree(nation.release(next(iter(nation.outcomes))), tmp_path / "release")
    assert verify_release(folder).problems == ()
    (folder / "manifest.tsr").write_bytes(RESPONSE)
    assert verify_release(folder).problems == ("manifest.tsr: stamps another manifest, not this one",)
