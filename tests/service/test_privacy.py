"""No message gets into a log, whatever is wrong with it, at any level of logging."""

import json
import re
import socket

import pytest

from servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

MARKER = "quetzal"
JSON = "application/json"
GOOD = ({"text": MARKER}, {"texts": [MARKER]}, {"text": MARKER, "label": "ham"})
BAD = (
    *({"text": [MARKER]}, {"texts": [MARKER, 1]}, {"text": "hi", "label": MARKER}),
    *({MARKER: MARKER}, {"text": MARKER * 2000}, MARKER),
)
NO_JSON = (
    f'{{"text": "{MARKER}'.encode(),
    f'{{"text": "{MARKER}'.encode() + b'\xff"}',
    f'{{"text": "{MARKER}\\ud800"}}'.encode(),
    MARKER.encode() * 20_000,
)
MEDIA_TYPES = (f"{JSON}; charset={MARKER}", f"text/{MARKER}", f"form-data; boundary={MARKER}")
SENT = [(JSON, body) for body in (*(json.dumps(each).encode() for each in GOOD + BAD), *NO_JSON)]
SENT += [(media_type, json.dumps(GOOD[0]).encode()) for media_type in MEDIA_TYPES]
PATHS = ("/predict", "/explain", "/classify", "/feedback", f"/predict/{MARKER}", "/predict%0A")


def test_no_message_is_logged(keeper: Server) -> None:
    """The log has a line for each request, and nothing that a request carried, wherever."""
    before = keeper.log.stat().st_size
    for path in PATHS:
        for media_type, body in SENT:
            keeper.post(path, content=body, headers={"content-type": media_type})
        keeper.get(f"{path}?text={MARKER}", headers={"x-text": MARKER})
        keeper.request(MARKER.upper(), path)
    with socket.create_connection(("127.0.0.1", keeper.port)) as connection:
        connection.sendall(f"{MARKER} is no HTTP\r\n\r\n".encode())
        connection.recv(1000)
    keeper.get("/docs.json")
    log = keeper.wait_for_line("path=/docs.json", before)
    assert len(re.findall(r"method=POST,path=/predict,.*status=400", log)) >= 8
    assert len(re.findall(r"method=POST,path=/feedback,.*status=202", log)) == 1
    assert MARKER not in f"{log}{keeper.get('/metrics').text}".lower()
