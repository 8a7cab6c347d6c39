"""Starting, watching and stopping the service."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from helpers import SCRIPTS, run_command
from servers import PATIENCE, Server, refuse_to_serve, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

REQUESTS = 'bentoml_service_request_total{endpoint="/classify",http_response_code="200"'


def test_server_listens_on_loopback_only_and_says_that_it_is_well(server: Server) -> None:
    """Without further settings nobody else can connect."""
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    addresses = re.findall(rf": ([0-9A-F]{{8}}):{server.port:04X} 00000000:0000 0A", listening)
    assert addresses == ["0100007F"]
    assert server.get("/livez").is_success
    assert server.get("/readyz").is_success


def test_a_model_that_cannot_be_trusted_ends_the_start(
    home: Path, trained: Path, tmp_path: Path
) -> None:
    """The sentence says why and what to do."""
    shutil.copytree(home / "models", tmp_path / "models")
    (model,) = tmp_path.glob("models/spam_classifier/*/spam_classifier.json")
    model.write_bytes(model.read_bytes().replace(b'"threshold":0.', b'"threshold":0.9', 1))
    line = refuse_to_serve(trained, tmp_path)
    assert "its SHA-256 differs" in line
    assert line.endswith("type `make run` to train and store it again.")


def test_bento_serves_the_model_it_was_built_with(
    trained: Path, home: Path, tmp_path: Path
) -> None:
    """It does so without the project, with an empty PYTHONPATH, beside a newer model.

    Which one is in production is of no account.
    """
    (model,) = home.glob("models/spam_classifier/*/")
    own_home = tmp_path / "home"
    shutil.copytree(home / "models", own_home / "models")
    project = shutil.copytree(trained, tmp_path / "project")
    for command in (("bentoml", "build"), ("kedro", "run", "--params", "model.C=20")):
        done = run_command(*command, cwd=project, env={"BENTOML_HOME": str(own_home)})
        assert done.returncode == 0, done.stderr
    shutil.rmtree(project)
    production = {"SPAM_CLASSIFIER_MODEL": "spam_classifier:production"}
    with serve(tmp_path, own_home, "spam_classifier:latest", **production) as running:
        assert running.get("/model").json()["tag"] == f"spam_classifier:{model.name}"
        assert "<!doctype html>" in running.get("/app").text


def read_metric(server: Server, start: str) -> float:
    """Return the sum of the series whose line has this beginning."""
    lines = server.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))


def test_requests_and_answers_are_counted(server: Server) -> None:
    """/metrics has requests by path and status, durations, answers by class, and the model."""
    series = [
        REQUESTS,
        'bentoml_service_request_duration_seconds_count{endpoint="/classify"',
        'spam_classifier_answers_total{result="ham"}',
    ]
    before = [read_metric(server, start) for start in series]
    server.post("/classify", {"texts": ["hello mum", "hello mum"]})
    after = [read_metric(server, start) for start in series]
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 2]
    (info,) = re.findall(r"spam_classifier_model_info\{.*\} 1\.0", server.get("/metrics").text)
    assert f'tag="{server.get("/model").json()["tag"]}"' in info


def test_each_request_has_one_line_in_the_log(server: Server) -> None:
    """Method, path, status, lengths and milliseconds, as BentoML writes them."""
    before = server.log.stat().st_size
    server.post("/classify", {"texts": ["hello mum", "hello dad"] * 3})
    server.post("/predict", {})
    server.get("/docs.json")
    lines = server.wait_for_line("/docs.json", before).splitlines()
    asked = r"\(scheme=http,method=POST,path={},type=application/json,length=\d+\)"
    told = r" \(status={},type=application/json,length=\d+\) \d+\.\d+ms"
    assert re.search(asked.format("/classify") + told.format(200), lines[-3])
    assert re.search(asked.format("/predict") + told.format(400), lines[-2])


def test_workers_share_their_counters_and_answer_before_the_end(
    server: Server, trained: Path, home: Path
) -> None:
    """Another server with the same Bento home goes on counting; SIGTERM waits for answers."""
    head = b"POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    request = head + b'content-length: 18\r\n\r\n{"texts": ["mum"]}'
    tag = server.get("/model").json()["tag"]
    options = {"BENTOML_CONFIG_OPTIONS": "services.SpamClassifier.workers=2"}
    with serve(trained, home, SPAM_CLASSIFIER_MODEL=tag, **options) as running:
        assert running.get("/model").json()["tag"] == tag
        assert len(running.workers()) == 2
        before = read_metric(server, REQUESTS)
        for asked in [running] * 20 + [server]:
            asked.post("/classify", {"texts": ["hello"]})
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
