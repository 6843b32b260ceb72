"""A file server whose misbehaviour can be chosen: for tests and benchmarks of remote reading."""

import hashlib
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PIECE = 1 << 16


@dataclass
class Served:
    """One file on the server and how it is served.

    `answer` (status, headers, body) is sent as it is, whatever was asked for.
    `shift` makes answers to Range requests begin that many bytes early.
    `failures`, `cuts` and `corruptions` are used up one per answer: a status code to fail with (0: none), a number of
    body bytes after which the connection is dropped, a body position whose byte is flipped.
    """

    content: bytes | Path = b""
    ranges: bool = True
    shift: int = 0
    etag: str | None = ""
    content_type: str = "application/octet-stream"
    redirect: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    token: str | None = None
    confirm: str | None = None
    bytes_per_second: float | None = None
    failures: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    corruptions: list[int] = field(default_factory=list)
    forget_length: bool = False
    answer: tuple[int, dict[str, str], bytes] | None = None

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def version(self) -> str | None:
        """The ETag: a hash of the content unless `etag` says otherwise (None: no ETag)."""
        if self.etag != "" or isinstance(self.content, Path):
            return self.etag or None
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    def pieces(self, start: int, stop: int):
        """Bytes [start, stop) in pieces."""
        if isinstance(self.content, bytes):
            for position in range(start, stop, PIECE):
                yield self.content[position : min(position + PIECE, stop)]
            return
        with self.content.open("rb") as file:
            file.seek(start)
            while start < stop:
                piece = file.read(min(PIECE, stop - start))
                start += len(piece)
                yield piece


class _Quiet(ThreadingHTTPServer):
    """Clients that hang up in the middle of an answer are part of the tests."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class FileServer:
    """Serves `files` (by path, without the leading slash) on a free local port while used as a context manager.

    `requests` lists (path, headers) of every request, `sent` counts body bytes.
    """

    def __init__(self, files: dict[str, Served]):
        self.files, self.requests, self.sent = files, [], 0
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"{self.address}/{name}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                served = outer.files.get(urlsplit(self.path).path.lstrip("/"))
                if served is None:
                    return self._plain(404)
                status = served.failures.pop(0) if served.failures else 0
                if status:
                    return self._plain(status)
                if served.answer:
                    return self._plain(*served.answer)
                if served.token and self.headers.get("Authorization") != f"Bearer {served.token}":
                    return self._plain(401)
                if served.redirect:
                    return self._plain(302, {"Location": served.redirect, **served.headers})
                if served.confirm and parse_qs(urlsplit(self.path).query).get("uuid") != [served.confirm]:
                    return self._form(served)
                return self._file(served)

            def _plain(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer.sent += len(body)

            def _form(self, served: Served) -> None:
                page = (
                    "<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>"
                    f'<form id="download-form" action="{urlsplit(self.path).path}" method="get">'
                    f'<input type="hidden" name="id" value="x"><input type="hidden" name="uuid" value="{served.confirm}">'
                    '<input type="submit" value="Download anyway"></form></body></html>'
                )
                self._plain(200, {"Content-Type": "text/html; charset=utf-8"}, page.encode())

            def _file(self, served: Served) -> None:
                start, stop, status = 0, served.size, 200
                wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                condition = self.headers.get("If-Range")
                if wanted and served.ranges and (condition is None or condition == served.version()):
                    start, status = int(wanted[1]), 206
                    stop = min(int(wanted[2]) + 1, stop) if wanted[2] else stop
                    start = max(0, start - served.shift)
                    if start >= served.size:
                        return self._plain(416, {"Content-Range": f"bytes */{served.size}"})
                self.send_response(status)
                self.send_header("Content-Type", served.content_type)
                if status == 206:
                    self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{served.size}")
                if served.version():
                    self.send_header("ETag", served.version())
                for name, value in served.headers.items():
                    self.send_header(name, value)
                if served.forget_length:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                else:
                    self.send_header("Content-Length", str(stop - start))
                self.end_headers()
                self._body(served, start, stop)

            def _body(self, served: Served, start: int, stop: int) -> None:
                cut = served.cuts.pop(0) if served.cuts else None
                corrupt = served.corruptions.pop(0) if served.corruptions else None
                done = 0
                try:
                    for piece in served.pieces(start, stop):
                        if corrupt is not None and done <= corrupt < done + len(piece):
                            piece = bytes([*piece[: corrupt - done], piece[corrupt - done] ^ 1, *piece[corrupt - done + 1 :]])
                        if cut is not None and done + len(piece) > cut:
                            self.wfile.write(piece[: cut - done])
                            outer.sent += cut - done
                            self.close_connection = True
                            return
                        self.wfile.write(piece)
                        done += len(piece)
                        outer.sent += len(piece)
                        if served.bytes_per_second:
                            time.sleep(len(piece) / served.bytes_per_second)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_) -> None:
                """Requests are counted, not printed."""

        return Handler
