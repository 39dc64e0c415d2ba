"""Ed25519 signatures of releases and approvals. The only door to cryptography.

A private key is a PEM file (PKCS #8), made by `ncsi init` or by `openssl genpkey -algorithm ed25519`. A fingerprint is
the SHA-256 of the 32 bytes of the public key, in hexadecimal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ncsi.errors import SpecError
from ncsi.spec.pseudonym_key import read_private_file

KEY_VARIABLE = "NCSI_SIGNING_KEY"
WORTHLESS_KEY = """\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIC29sJuI2xUKnNL34Tz/txsY4C76Ks+6Jb0HU4cEQEp0
-----END PRIVATE KEY-----
"""
"""The key of `ncsi demo`: it is public, so it proves nothing, and `ncsi verify` says so."""
WORTHLESS_FINGERPRINT = "5caea5d42730b5105366bf6ca9682f76d9c25f06d6ff90fdc2aafefba1cb7966"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; never shown."""

    seed: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """Its public key, 32 bytes."""
        return self._key().public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """The signature, 64 bytes; the same content gives the same."""
        return self._key().sign(content)

    def pem(self) -> str:
        """As a file holds it."""
        made = self._key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.decode("ascii")

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as a file holds it: by which public key, and over what (`signed` names it)."""

    signed: str
    public: bytes
    signature: bytes

    def holds(self, content: bytes) -> bool:
        """Whether it is one of `content`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(self.signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_json(self) -> str:
        """One JSON object; the same signature gives the same text."""
        told = {
            "algorithm": "Ed25519",
            "signed": self.signed,
            "fingerprint": fingerprint(self.public),
            "public_key": base64.b64encode(self.public).decode("ascii"),
            "signature": base64.b64encode(self.signature).decode("ascii"),
        }
        return json.dumps(told, indent=2) + "\n"


def signature_of(text: str) -> Signature:
    """Read what `Signature.as_json` wrote. Raises ValueError where it is none."""
    told = json.loads(text)
    if not isinstance(told, Mapping) or told.get("algorithm") != "Ed25519":
        raise ValueError("it contains no Ed25519 signature")
    try:
        public, signature = (
            base64.b64decode(str(told[name]), validate=True) for name in ("public_key", "signature")
        )
    except (KeyError, binascii.Error) as error:
        raise ValueError("its public key or signature is missing or not base64") from error
    return Signature(str(told.get("signed")), public, signature)


def signed(name: str, content: bytes, key: SigningKey) -> Signature:
    """A signature of `content`, which `name` names."""
    return Signature(name, key.public, key.sign(content))


def new_key() -> SigningKey:
    """A key from the system's randomness."""
    return SigningKey(Ed25519PrivateKey.generate().private_bytes_raw())


def read_key(path: Path) -> SigningKey:
    """The private key in the environment variable NCSI_SIGNING_KEY, else in the file `path`. As `read_key_file`."""
    from_environment = os.environ.get(KEY_VARIABLE)
    if from_environment:
        return _key_of(from_environment.encode(), KEY_VARIABLE, path)
    return read_key_file(path)


def read_key_file(path: Path) -> SigningKey:
    """The private key in a PEM file.

    Raises SpecError where there is none, where every user may open it, or where it is not an Ed25519 key without a
    password.
    """
    return _key_of(read_private_file(path, "signing key", _cure(path)), str(path), path)


def _key_of(pem: bytes, where: str, path: Path) -> SigningKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SpecError(
            where, "it is not a private key in PEM format, or is protected by a password", _cure(path)
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SpecError(where, "it is a private key, but not an Ed25519 key", _cure(path))
    return SigningKey(key.private_bytes_raw())


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key, 64 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()


def spaced(print_of_key: str) -> str:
    """A fingerprint in groups of eight, to be read and compared by eye."""
    return " ".join(print_of_key[at : at + 8] for at in range(0, len(print_of_key), 8))


def _cure(path: Path) -> str:
    return f"Create one that only you can read: `(umask 077; openssl genpkey -algorithm ed25519 -out {path})`"
