"""How the service reads HTTP: uvicorn's fast parser, the same wherever the service runs."""

import asyncio
import sys

import httptools
import uvicorn.config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol without the change to another one, of which the service knows none.

    A client that offers one (`Upgrade: h2c`, as Java's does) gets its answer in HTTP/1.1. Left
    alone, the parser takes the body for the first words of the new protocol.
    """

    _received = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close a connection on which nothing comes, as one on which nothing more comes."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def data_received(self, data: bytes) -> None:
        """Keep what is read, for `handle_websocket_upgrade`."""
        self._received = data
        super().data_received(data)

    def _should_upgrade(self) -> bool:
        """Return True, so that the base starts no answer before it calls the next method."""
        return True

    def handle_websocket_upgrade(self) -> None:
        """Read the request again, without its offer."""
        offer = sys.exception()
        if not isinstance(offer, httptools.HttpParserUpgrade) or self.scope["method"] == "CONNECT":
            self.send_400_response("Invalid HTTP request received.")
            return
        head = [self.scope["method"].encode(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [name, b": ", value, b"\r\n"]
        rest = self._received[offer.args[0] :]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join([*head, b"\r\n", rest]))


def use_http_protocol() -> None:
    """Let uvicorn, which BentoML starts without a choice of parser, take this one."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{HttpProtocol.__name__}"
