"""Ed25519: the test vectors of RFC 8032, files that are refused, the same bytes for the same key."""

from __future__ import annotations

import json
import subprocess

import pytest

from ncsi.errors import SpecError
from ncsi.signing import (
    WORTHLESS_FINGERPRINT,
    WORTHLESS_KEY,
    Signature,
    SigningKey,
    fingerprint,
    new_key,
    read_key,
    read_key_file,
    signature_of,
    signed,
    spaced,
)

VECTORS = [  # RFC 8032, 7.1: secret key, public key, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_standard(secret, public, message, signature):
    key = SigningKey(bytes.fromhex(secret))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert Signature("m", key.public, bytes.fromhex(signature)).holds(bytes.fromhex(message))
    assert not Signature("m", key.public, bytes.fromhex(signature)).holds(b"other")
    assert secret not in repr(key)


def test_a_signature_reads_back_and_is_the_same_each_time():
    key = new_key()
    made = signed("manifest.json", b"content", key)
    assert signature_of(made.as_json()) == made == signed("manifest.json", b"content", key)
    told = json.loads(made.as_json())
    assert told["fingerprint"] == fingerprint(key.public) == spaced(told["fingerprint"]).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"algorithm": "Ed25519"}', '{"algorithm": "none", "signature": ""}',
        '{"algorithm": "Ed25519", "public_key": "?", "signature": "?"}',
    ],
)  # fmt: skip
def test_what_is_no_signature_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        signature_of(text)


def test_keys_come_from_openssl_from_us_and_from_the_environment(tmp_path, monkeypatch):
    path, key = tmp_path / "key", new_key()
    path.touch(mode=0o600)
    path.write_text(key.pem(), encoding="ascii")
    assert read_key(path) == key
    monkeypatch.setenv("NCSI_SIGNING_KEY", WORTHLESS_KEY)
    assert fingerprint(read_key(path).public) == WORTHLESS_FINGERPRINT


@pytest.mark.parametrize(("kind", "said"), [("missing", "there is no signing key"), ("open", "open to every user"),
    ("none", "not a private key in PEM"), ("rsa", "not an Ed25519 key")])  # fmt: skip
def test_a_key_file_that_will_not_do_is_refused_with_the_cure(tmp_path, kind, said):
    path = tmp_path / "key"
    if kind != "missing":
        path.touch(mode=0o600)
        path.write_text(new_key().pem() if kind == "open" else "nothing", encoding="ascii")
    if kind == "open":
        path.chmod(0o644)
    if kind == "rsa":
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "x25519"], capture_output=True, check=True)
        path.write_bytes(made.stdout)
    with pytest.raises(SpecError, match=said) as refused:
        read_key_file(path)
    assert "openssl genpkey -algorithm ed25519" in str(refused.value) or kind == "open"
