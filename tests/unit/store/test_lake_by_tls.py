"""Tables listed by a Postgres that is reached over a network: it has to prove who it is, and asks for a password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ncsi.errors import StoreError
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store import Store, lake
from ncsi.store.lake_tables import instance, literal

pytest.importorskip("duckdb_extension_ducklake")
PASSWORD = "tea&plum"  # noqa: S105 (of this server alone)
BY_PASSWORD = b"local all all trust\nhostssl all ncsi 127.0.0.1/32 scram-sha-256\n"


class Authority:
    """One that certifies servers."""

    def __init__(self, name: str) -> None:
        self.name, self.key = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), new_key()
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def server(self) -> tuple[bytes, bytes]:
        """Certificate and key of a server that is called localhost, and has no other name or address."""
        key, names = new_key(), x509.SubjectAlternativeName([x509.DNSName("localhost")])
        made = self._signed(x509.Name([]), key, names, critical=True)
        form = serialization.Encoding.PEM
        return made, key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    def _signed(self, subject: x509.Name, key: Any, extension: Any, critical: bool = True) -> bytes:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=critical)
            .sign(self.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("ncsi test")


@pytest.fixture(scope="module")
def port(begin_postgres: Any, authority: Authority) -> Iterator[int]:
    """Of a server on loopback that speaks TLS alone, to who knows the password of ncsi."""
    certificate, key = authority.server()
    files = {"server.crt": certificate, "server.key": key, "pg_hba.conf": BY_PASSWORD}
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c ssl=on -c password_encryption=scram-sha-256"
    with begin_postgres(options, files) as folder:
        own = instance("postgres_scanner")
        with closing(own):
            own.execute(
                f"ATTACH 'dbname=postgres host={folder} port={port} user=ncsi' AS own (TYPE postgres)"
            )
            for statement in (f"ALTER ROLE ncsi PASSWORD '{PASSWORD}'", "CREATE DATABASE ncsi"):
                own.execute(f"CALL postgres_execute('own', {literal(statement)}, use_transaction => false)")
        yield port


@pytest.fixture
def known(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The authority's certificate; the password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    (tmp_path / "ca.pem").write_bytes(authority.certificate)
    return tmp_path / "ca.pem"


def opened(tmp_path: Path, port: int, root: Path, host: str = "localhost") -> Store:
    address = f"dbname=ncsi host={host} port={port} user=ncsi sslmode=verify-full sslrootcert={root}"
    try:
        return Store.open(tmp_path / "shared", create=True, wait_s=5, catalogue=SharedCatalogue(address))
    finally:
        lake.end()


def test_a_server_that_proves_who_it_is_is_believed(port: int, known: Path, tmp_path: Path) -> None:
    store = opened(tmp_path, port, known)
    assert store.table("core_faults").empty
    lake.end()


def test_what_is_not_proved_or_not_let_in_is_refused_and_nothing_begun(
    port: int, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of another authority, one by another name, a file that is no certificate, another password."""
    other, nothing = tmp_path / "other.pem", tmp_path / "nothing.pem"
    other.write_bytes(Authority("another").certificate)
    nothing.write_text("none", encoding="ascii")
    for root, host, why in (
        (other, "localhost", "certificate verify failed"),
        (known, "127.0.0.1", 'certificate for "localhost" does not match host name "127.0.0.1"'),
        (nothing, "localhost", "could not read root certificate file"),
    ):
        said = f"database ncsi at {host}: the database does not answer or refuses: connection to .*{why}"
        with pytest.raises(StoreError, match=said) as told:
            opened(tmp_path, port, root, host)
        assert PASSWORD not in str(told.value)
    monkeypatch.setenv("PGPASSWORD", "wrong&plum")
    with pytest.raises(StoreError, match="database ncsi at localhost") as told:
        opened(tmp_path, port, known)
    assert "plum" not in str(told.value)
    assert {one.name for one in tmp_path.glob("shared/*")} <= {".lock", ".lock-holder"}
