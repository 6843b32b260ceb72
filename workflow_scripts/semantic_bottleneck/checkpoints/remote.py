"""A file on a server, read by ranges."""

import logging

import requests

from semantic_bottleneck.checkpoints.http import Client, RefusedError, content_range, identity, pieces
from semantic_bottleneck.checkpoints.patience import Retries, TransientError
from semantic_bottleneck.checkpoints.ranges import WholeFileNeededError
from semantic_bottleneck.checkpoints.sources import Location
from semantic_bottleneck.errors import UserError

log = logging.getLogger(__name__)

# The first answer tells size, version and kind of file; its bytes are kept.
HEAD = 1 << 16


class RemoteBytes:
    """Bytes of `location`, fetched when asked for; interrupted answers continue where they stopped.

    Raises:
        WholeFileNeededError: the server ignores Range.
        UserError: the server refuses, or keeps failing, or the file changes while it is read.
    """

    def __init__(self, location: Location, client: Client):
        self.name, self.requests, self.transferred = location.name, 0, 0
        self._location, self._client, self._final = location, client, location.url
        self._head = bytearray()
        self.size = -1
        self.identity: dict[str, str] = {}
        self._open()

    def read_into(self, start: int, buffer: memoryview) -> None:
        if start + len(buffer) <= len(self._head):
            buffer[:] = self._head[start : start + len(buffer)]
            return
        retries, done = Retries(self.name, self._client.patience), 0
        while done < len(buffer):
            try:
                response = self._get(start + done, start + len(buffer))
                with response:
                    for piece in pieces(response):
                        if done + len(piece) > len(buffer):
                            raise WholeFileNeededError(f"{self.name}: the server sends more than the range asked for")
                        buffer[done : done + len(piece)] = piece
                        done += len(piece)
                        self.transferred += len(piece)
                        retries.progressed()
                if done < len(buffer):
                    raise TransientError("the connection closed early")
            except TransientError as error:
                retries.failed(error)

    def _open(self) -> None:
        retries = Retries(self.name, self._client.patience)
        while True:
            try:
                with self._request(0, HEAD) as response:
                    if response.status_code == 416:
                        raise UserError(f"{self.name} is empty on the server; correct the url in the card or add a mirror.")
                    where = self._range(response, 0)
                    if where[1] > HEAD:
                        raise WholeFileNeededError(f"{self.name}: the server sends more than the range asked for")
                    self.size, self.identity = where[2], identity(response)
                    head = bytearray().join(pieces(response))
                self.transferred += len(head)
                if len(head) != where[1]:
                    raise TransientError("the connection closed early")
                self._head = head
                return
            except TransientError as error:
                retries.failed(error)

    def _get(self, start: int, stop: int) -> requests.Response:
        response = self._request(start, stop)
        try:
            if response.status_code == 416:
                raise self._changed()
            where = self._range(response, start)
            etag = response.headers.get("ETag")
            if where[2] != self.size or (etag and etag != self.identity.get("etag", etag)):
                raise self._changed()
        except BaseException:
            response.close()
            raise
        return response

    def _request(self, start: int, stop: int) -> requests.Response:
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        self.requests += 1
        try:
            response = self._client.get(self._location, headers, self._final)
        except RefusedError:
            if self._final == self._location.url:
                raise
            # The address a redirect led to has expired; ask the original one for another.
            self._final = self._location.url
            response = self._client.get(self._location, headers)
        self._final = response.url
        return response

    def _range(self, response: requests.Response, start: int) -> tuple[int, int, int]:
        """Start, stop and the file's size, of an answer that begins at `start`."""
        if response.status_code == 200:
            raise WholeFileNeededError(f"{self.name}: the server ignores Range")
        where = content_range(response)
        if where is None or where[0] != start:
            raise WholeFileNeededError(f"{self.name}: the server answers a Range request with other bytes")
        return where

    def _changed(self) -> UserError:
        return UserError(f"{self.name} changed on the server while it was read; run again.")
