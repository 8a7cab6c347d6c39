"""Watching and stopping the service; no message gets into its log."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import psutil
import pytest

from helpers import SCRIPTS
from servers import PATIENCE, Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

REQUESTS = 'bentoml_service_request_total{endpoint="/classify",http_response_code="200"'


def test_server_listens_on_loopback_only_and_says_that_it_is_well(server: Server) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    addresses = re.findall(rf": ([0-9A-F]{{8}}):{server.port:04X} 00000000:0000 0A", listening)
    assert addresses == ["0100007F"]
    assert server.get("/livez").is_success


def read_metric(server: Server, start: str) -> float:
    """Return the sum of the series whose line has this beginning."""
    lines = server.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))


def test_requests_and_answers_are_counted(server: Server) -> None:
    series = [
        REQUESTS,
        'bentoml_service_request_duration_seconds_count{endpoint="/classify"',
        'spam_classifier_answers_total{result="ham"}',
    ]
    before = [read_metric(server, start) for start in series]
    server.post("/classify", json={"texts": ["hello mum", "hello mum"]})
    after = [read_metric(server, start) for start in series]
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 2]


def test_each_request_has_one_line_in_the_log(server: Server) -> None:
    """Method, path, status, lengths and milliseconds, as BentoML writes them."""
    before = server.log.stat().st_size
    server.post("/classify", json={"texts": ["hello mum", "hello dad"] * 3})
    server.post("/predict", json={})
    server.get("/docs.json")
    lines = server.wait_for_line("/docs.json", before).splitlines()
    asked = r"\(scheme=http,method=POST,path={},type=application/json,length=\d+\)"
    told = r" \(status={},type=application/json,length=\d+\) \d+\.\d+ms"
    assert re.search(asked.format("/classify") + told.format(200), lines[-3])
    assert re.search(asked.format("/predict") + told.format(400), lines[-2])


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
SENT = [(JSON, body) for body in (*(json.dumps(each).encode() for each in GOOD + BAD), *NO_JSON)]
SENT += [(each, SENT[0][1]) for each in (f"{JSON}; charset={MARKER}", f"text/{MARKER}")]
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


def test_workers_share_counters_and_answer_before_the_end(server: Server, trained: Path) -> None:
    """Another server with the same Bento home goes on counting; SIGTERM waits for answers."""
    head = b"POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    request = head + b'content-length: 18\r\n\r\n{"texts": ["mum"]}'
    options = {"BENTOML_CONFIG_OPTIONS": "services.SpamClassifier.workers=2"}
    with serve(trained, **options) as running:
        assert len(psutil.Process(running.process.pid).children()) == 2
        before = read_metric(server, REQUESTS)
        for asked in [running] * 20 + [server]:
            asked.post("/classify", json={"texts": ["hello"]})
        assert read_metric(running, REQUESTS) == 20
        assert read_metric(server, REQUESTS) == before + 1
        with socket.create_connection(("127.0.0.1", running.port), PATIENCE) as connection:
            connection.sendall(request[:-5])
            time.sleep(0.3)  # the server has the beginning
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(request[-5:])
            assert b" 200 " in connection.recv(1000).splitlines()[0]
        assert running.process.wait(PATIENCE) == 0
        with pytest.raises(httpx.ConnectError):
            running.get("/livez")


def test_usage_reports_are_off_in_any_clone() -> None:
    """BentoML's commands report nothing, although nobody has set the variable."""
    environment = {key: value for key, value in os.environ.items() if "DO_NOT_TRACK" not in key}
    command = [str(SCRIPTS / "bentoml"), "do-not-track"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "BentoML's usage reports are off.\n"
