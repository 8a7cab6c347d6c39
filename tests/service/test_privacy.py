"""No message gets into a log, whatever is wrong with it, at any level of logging."""

import re
import socket
from pathlib import Path

import pytest

from servers import Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

MARKER = "quetzal"


def post_marker_everywhere(server: Server) -> None:
    """Send the marker in every place of a request, good and bad."""
    for path in ("/predict", "/explain", "/classify", "/nowhere", "/predict%0A"):
        for body in (
            {"text": MARKER},
            {"texts": [MARKER]},
            {"text": [MARKER]},
            {"texts": [MARKER, 1]},
            {MARKER: MARKER},
            {"text": MARKER * 2000},
            MARKER,
        ):
            server.post(path, body)
        for content in (
            f'{{"text": "{MARKER}'.encode(),
            f'{{"text": "{MARKER}'.encode() + b'\xff"}',
            MARKER.encode() * 20_000,
            f'{{"text": "{MARKER}\\ud800"}}'.encode(),
        ):
            server.post_bytes(path, content)
            for media_type in (f"text/{MARKER}", f"multipart/form-data; boundary={MARKER}"):
                server.post_bytes(path, content, content_type=media_type)
            server.post_bytes(path, content, content_type=f"application/json; charset={MARKER}")
        server.client.get(f"{path}?text={MARKER}", headers={"x-text": MARKER})
        server.post(f"{path}/{MARKER}", {"text": MARKER})
        server.client.request(MARKER.upper(), path)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"{MARKER} is no HTTP\r\n\r\n".encode())
        connection.recv(1000)


def test_no_message_is_logged(trained: Path, home: Path) -> None:
    """The log has a line for each request, and nothing that a request carried."""
    with serve(trained, home, "--verbose") as server:
        post_marker_everywhere(server)
        server.get("/docs.json")
        log = server.wait_for_line("path=/docs.json")
        metrics = server.get("/metrics").text
    assert len(re.findall(r"method=POST,path=/predict,.*status=400", log)) >= 8
    assert MARKER not in f"{log}{metrics}".lower()
