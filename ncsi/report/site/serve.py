"""A local server for the site: loopback only, files of one folder only, nothing hidden, read only, and only so many
readers at a time, each for so long."""

from __future__ import annotations

import os
import re
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import Any
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
READERS = 32
"""Connections at a time; one more is sent away with 503."""
SILENT_S, WHOLE_S = 10, 120
"""Seconds that a reader may be silent, and that a connection may last."""
_NAMED = re.compile(r"(?:127\.0\.0\.1|localhost)(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_ASSET = re.compile(r"/assets/[0-9a-f]{20}\.woff2")
"""A font of an edition, named by its content: it never changes."""
_KEPT = "public, max-age=31536000, immutable"
_FRAMED = re.compile(r"/(?:[^/]+/)*embed/[\w-]+\.html", re.ASCII)
"""A page of one chart: the only kind that others may frame."""
_UNFRAMED = {"X-Frame-Options": "DENY", "Content-Security-Policy": "frame-ancestors 'none'"}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def serve_folder(folder: Path, port: int = 8000, ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve `folder` at http://127.0.0.1:<port>/ until interrupted; `ready` is told the address.

    Port 0 takes a free one. Raises OSError where the port is taken.
    """
    with server(folder, port) as running:
        ready(f"http://{HOST}:{running.server_port}/")
        running.serve_forever()


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """The server, bound and not yet running."""
    return _Server((HOST, port), partial(_Handler, directory=os.fspath(folder.resolve())))


class _Server(ThreadingHTTPServer):
    """A thread for each of `READERS` connections at most."""

    def __init__(self, *arguments: Any) -> None:
        self.places = BoundedSemaphore(READERS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Send away whoever is one too many, without waiting for what they ask."""
        if not self.places.acquire(blocking=False):
            with suppress(OSError):
                request.sendall(b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n")
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve, and free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader who hangs up is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files and of folders with an index; no listing, no dotted name, no link, nothing but files."""

    timeout = SILENT_S

    def setup(self) -> None:
        """A reader who sends a byte now and then is never silent, and may not stay forever."""
        super().setup()
        self.end = Timer(WHOLE_S, self._cut_off)
        self.end.daemon = True
        self.end.start()

    def finish(self) -> None:
        """With the clock stopped."""
        self.end.cancel()
        super().finish()

    def _cut_off(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def send_head(self) -> Any:
        """Refuse what is not for readers before anything is opened."""
        if not self._asks_for_this_machine():
            # A page elsewhere may point its own name at this machine.
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        if not self._open_to_readers():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return self._compressed() or super().send_head()

    def _compressed(self) -> Any:
        """The page as an edition compressed it, for readers who take that; None where there is none."""
        wanted, root = Path(self.translate_path(self.path)), Path(self.directory)
        page = wanted / "index.html" if urlsplit(self.path).path.endswith("/") else wanted
        packed = page.with_name(f"{page.name}.gz")
        if "gzip" not in self.headers.get("Accept-Encoding", "") or page.suffix != ".html":
            return None
        if not (_is_plain(packed, root) and _is_plain(page, root)):
            return None
        file = packed.open("rb")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
        self.end_headers()
        return file

    def _open_to_readers(self) -> bool:
        path = _path_of(self.path)
        parts = unquote(path).split("/")
        if not path.startswith("/") or any(
            part.startswith(".") or "\\" in part or "\0" in part for part in parts
        ):
            return False
        root, wanted = Path(self.directory), Path(self.translate_path(self.path))
        return wanted.is_relative_to(root) and _is_plain(wanted, root)

    def _asks_for_this_machine(self) -> bool:
        """One Host, by a name of the loopback and the port served."""
        hosts = self.headers.get_all("Host") or []
        named = _NAMED.fullmatch(hosts[0]) if len(hosts) == 1 else None
        return named is not None and int(named[1] or 80) == self.connection.getsockname()[1]

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - as the base class calls it
        """No listing."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """With the headers that keep a page what it is."""
        path = _path_of(getattr(self, "path", ""))
        kept = {"Cache-Control": _KEPT} if _ASSET.fullmatch(path) else {}
        framed = {"Content-Security-Policy": "frame-ancestors *"} if _FRAMED.fullmatch(path) else _UNFRAMED
        for name, value in (_HEADERS | kept | framed).items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _path_of(address: str) -> str:
    """The path that a request asks for; empty where what it asks for is no address."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _is_plain(path: Path, root: Path) -> bool:
    """Whether it, or the index of that folder, is a regular file under `root` with no link on the way to it: a FIFO
    would hold its reader."""
    try:
        file = path / "index.html" if path.is_dir() else path
        way = [one for one in (file, *file.parents) if one.is_relative_to(root) and one != root]
        modes = [one.lstat().st_mode for one in way]
    except (OSError, ValueError):
        return False
    return bool(modes) and stat.S_ISREG(modes[0]) and not any(map(stat.S_ISLNK, modes))
