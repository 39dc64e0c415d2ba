"""A local server for the site: loopback only, files of one folder only, nothing hidden, read only."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
_HOSTS = {"127.0.0.1", "localhost"}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
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
    return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=os.fspath(folder.resolve())))


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files and of folders with an index; no listing, no dotted name, no link out of the folder."""

    def send_head(self) -> Any:
        """Refuse what is not for readers before anything is opened."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in _HOSTS:
            # A page elsewhere may point its own name at this machine.
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        if not self._open_to_readers():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _open_to_readers(self) -> bool:
        parts = unquote(urlsplit(self.path).path).split("/")
        if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return False
        root, wanted = Path(self.directory), Path(self.translate_path(self.path))
        return wanted.resolve().is_relative_to(root)

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - as the base class calls it
        """No listing."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """With the headers that keep a page what it is."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""
