"""`ncsi serve` against readers that will not go, ask for what is not a file, or come by another name."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from threading import Thread

import pytest

from ncsi.report.site import serve

HANG_S = 600
"""What no test waits for unless something hangs, however busy the machine."""


@pytest.fixture
def served(tmp_path, monkeypatch, request):
    """Port of a server of a folder with a page, a link, a pipe and a linked folder. Parameter: seconds that a reader
    may be silent, and that a connection may last."""
    silent_s, whole_s = getattr(request, "param", (HANG_S, HANG_S))
    monkeypatch.setattr(serve, "READERS", 4)
    monkeypatch.setattr(serve, "WHOLE_S", whole_s)
    monkeypatch.setattr(serve._Handler, "timeout", silent_s)
    folder = tmp_path / "releases"
    (folder / "2026").mkdir(parents=True)
    for name in ("index.html", "2026/index.html"):
        (folder / name).write_text("page", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (folder / "link.html").symlink_to(tmp_path / "secret")
    (folder / "inner.html").symlink_to(folder / "index.html")
    (folder / "linked").symlink_to(folder / "2026")
    (folder / "pipes").mkdir()
    for pipe in ("pipe.csv", "pipes/index.html"):
        os.mkfifo(folder / pipe)
    with serve.server(folder, 0) as running:
        Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running.server_port
        running.shutdown()


def asked(port: int, path: str, *headers: str) -> str:
    """The status line that a request gets; empty where the server hangs up."""
    with connected(port) as line:
        line.sendall("\r\n".join((f"GET {path} HTTP/1.0", *headers, "", "")).encode())
        return line.makefile("rb").readline().decode().strip()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=HANG_S)


def own(port: int) -> str:
    return f"Host: 127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200), ("/index.html", 200), ("/2026/", 200), ("/link.html", 404), ("/inner.html", 404),
        ("/linked/", 404), ("/linked/index.html", 404), ("/pipe.csv", 404), ("/pipes/", 404),
        ("/pipes/index.html", 404), ("/none", 404),
        ("/..%2f..%2fsecret", 404), ("//secret", 404), ("/%00", 404), ("/" + "a" * 5000, 404),
        ("http://[", 404), ("http://a]b/", 404), ("*", 404),
    ],
)  # fmt: skip
def test_only_files_are_served(served, path, status):
    assert f" {status} " in asked(served, path, own(served)) + " "


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1", "localhost:1", "127.0.0.1:80:{port}",
     "evil@127.0.0.1:{port}", "[::1]:{port}", "127.0.0.1:{port} ", "１27.0.0.1:{port}", ""],
)  # fmt: skip
def test_another_name_is_misdirected(served, host):
    said = asked(served, "/", f"Host: {host.format(port=served)}")
    assert "421" in said or (host.endswith(" ") and "200" in said)


def test_no_host_or_two_are_misdirected(served):
    assert "421" in asked(served, "/")
    assert "421" in asked(served, "/", own(served), "Host: evil.example")
    assert "200" in asked(served, "/", f"Host: LOCALHOST:{served}")


def test_one_reader_too_many_is_sent_away(served):
    silent = [connected(served) for _ in range(4)]
    assert "503" in asked(served, "/", own(served))
    for one in silent:
        one.close()
    served_again(served)


def served_again(port: int) -> None:
    """Wait until a place is free and a reader is served."""
    end, said = time.monotonic() + HANG_S, ""
    while "200" not in said:
        assert time.monotonic() < end
        time.sleep(0.02)
        with suppress(OSError):  # a busy machine may be silent for too long
            said = asked(port, "/", own(port))


@pytest.mark.parametrize("served", [(0.5, HANG_S)], indirect=True)
def test_silent_readers_are_cut_off_and_the_next_are_served(served):
    silent = [connected(served) for _ in range(4)]
    assert [one.recv(100) for one in silent] == [b""] * 4
    served_again(served)


@pytest.mark.parametrize("served", [(HANG_S, 2)], indirect=True)
def test_a_slow_reader_is_cut_off_and_the_next_is_served(served):
    with connected(served) as slow, pytest.raises(OSError, match=r"Broken pipe|reset"):
        send_slowly(slow)
    served_again(served)


def send_slowly(slow: socket.socket) -> None:
    """A byte now and then, until the server hangs up."""
    end = time.monotonic() + HANG_S
    while time.monotonic() < end:
        slow.sendall(b"G")
        time.sleep(0.2)
