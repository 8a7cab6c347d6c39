"""No message gets into a log, whatever is wrong with it, at any level of logging."""

import json
import re
import socket
from pathlib import Path

import pytest

from servers import Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

MARKER = "quetzal"
GOOD: tuple[object, ...] = ({"text": MARKER}, {"texts": [MARKER]})
BAD = ({"text": [MARKER]}, {"texts": [MARKER, 1]}, {MARKER: MARKER}, {"text": MARKER * 2000})
BODIES = [
    *(json.dumps(body).encode() for body in (*GOOD, *BAD, MARKER)),
    f'{{"text": "{MARKER}'.encode(),
    f'{{"text": "{MARKER}'.encode() + b'\xff"}',
    f'{{"text": "{MARKER}\\ud800"}}'.encode(),
    MARKER.encode() * 20_000,
]
MEDIA_TYPES = (
    f"application/json; charset={MARKER}",
    f"text/{MARKER}",
    f"multipart/form-data; boundary={MARKER}",
)


def post_marker_everywhere(server: Server) -> None:
    """Send the marker in every place of a request, good and bad."""
    for path in ("/predict", "/explain", "/classify", f"/predict/{MARKER}", "/predict%0A"):
        for body in BODIES:
            server.post_bytes(path, body)
        for media_type in MEDIA_TYPES:
            server.post_bytes(path, BODIES[0], content_type=media_type)
        server.client.get(f"{path}?text={MARKER}", headers={"x-text": MARKER})
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
