"""Starting, watching and stopping the service."""

import hashlib
import json
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
from spam_classifier.serving.store import UnusableModelError, read_entry, read_model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

REQUESTS = 'bentoml_service_request_total{endpoint="/classify",http_response_code="200"'


# --- starting --------------------------------------------------------------------------------


def test_server_listens_on_loopback_only(server: Server) -> None:
    """Without further settings nobody else can connect."""
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    addresses = re.findall(rf": ([0-9A-F]{{8}}):{server.port:04X} 00000000:0000 0A", listening)
    assert addresses == ["0100007F"]


def test_missing_model_ends_the_start(trained: Path, tmp_path: Path) -> None:
    """An empty store gets a sentence that says what to do."""
    line = refuse_to_serve(trained, tmp_path)
    assert line.endswith(
        "There is no model spam_classifier:latest in the Bento model store: type `make run` first."
    )


@pytest.fixture
def model(home: Path, tmp_path: Path) -> Path:
    """Return the file of the model in a copy of the store."""
    shutil.copytree(home / "models", tmp_path / "models")
    (path,) = tmp_path.glob("models/spam_classifier/*/spam_classifier.json")
    return path


def test_changed_model_ends_the_start(model: Path, trained: Path, tmp_path: Path) -> None:
    """A model that cannot be trusted is not served; the sentence says why and what to do."""
    model.write_bytes(model.read_bytes().replace(b'"threshold":0.', b'"threshold":0.9', 1))
    line = refuse_to_serve(trained, tmp_path)
    assert "its SHA-256 differs" in line
    assert line.endswith("type `make run` to train and store it again.")


def test_missing_file_is_refused(model: Path) -> None:
    """The description alone is no model."""
    model.unlink()
    with pytest.raises(UnusableModelError, match="is missing"):
        read_model(read_entry(model.parent))


def test_another_format_is_refused(model: Path) -> None:
    """A model of another version of the format is named, although it is what was stored."""
    content = model.read_bytes().replace(b'"format_version":1', b'"format_version":99')
    model.write_bytes(content)
    entry = read_entry(model.parent)
    entry.info.metadata["sha256"] = hashlib.sha256(content).hexdigest()
    with pytest.raises(UnusableModelError, match="a format that this version cannot read"):
        read_model(entry)


def test_bento_serves_the_model_it_was_built_with(
    trained: Path, home: Path, tmp_path: Path
) -> None:
    """It does so without the project, with an empty PYTHONPATH, beside a newer model."""
    (model,) = home.glob("models/spam_classifier/*/spam_classifier.json")
    own_home = tmp_path / "home"
    shutil.copytree(home / "models", own_home / "models")
    variables = {"BENTOML_HOME": str(own_home)}
    done = run_command("bentoml", "build", cwd=trained, env=variables)
    assert done.returncode == 0, done.stderr
    done = run_command("kedro", "run", "--params", "model.C=20", cwd=trained, env=variables)
    assert done.returncode == 0, done.stderr
    with serve(tmp_path, own_home, "spam_classifier:latest") as running:
        assert running.get("/model").json()["tag"] == f"spam_classifier:{model.parent.name}"
        assert "<!doctype html>" in running.get("/app").text


# --- watching --------------------------------------------------------------------------------


def test_health_paths_answer(server: Server) -> None:
    """/livez and /readyz say yes."""
    assert server.get("/livez").status_code == 200
    assert server.get("/readyz").status_code == 200


def read_metric(server: Server, start: str) -> float:
    """Return the sum of the series whose line has this beginning."""
    lines = server.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))


def test_requests_and_answers_are_counted(server: Server) -> None:
    """/metrics has requests by path and status, their durations, and answers by class."""
    series = [
        REQUESTS,
        'bentoml_service_request_duration_seconds_count{endpoint="/classify"',
        'spam_classifier_answers_total{result="ham"}',
    ]
    before = [read_metric(server, start) for start in series]
    server.post("/classify", {"texts": ["hello mum", "hello mum"]})
    after = [read_metric(server, start) for start in series]
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 2]


def test_model_version_is_among_the_metrics(server: Server) -> None:
    """/metrics names the model that answers."""
    tag = server.get("/model").json()["tag"]
    series = re.findall(r"spam_classifier_model_info\{.*\} 1\.0", server.get("/metrics").text)
    assert [f'tag="{tag}"' in line for line in series] == [True]


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
    body = json.dumps({"texts": ["hello"]}).encode()
    head = b"POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += b"content-length: %d\r\n\r\n" % len(body)
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
            connection.sendall(head + body[:5])
            time.sleep(0.3)  # the server has the beginning
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[5:])
            assert b" 200 " in connection.recv(1000).splitlines()[0]
        assert running.process.wait(PATIENCE) == 0
        with pytest.raises(httpx.ConnectError):
            running.get("/livez")


# --- usage reports ---------------------------------------------------------------------------


def test_usage_reports_are_off_in_any_clone() -> None:
    """BentoML's commands report nothing, although nobody has set the variable."""
    environment = {key: value for key, value in os.environ.items() if "DO_NOT_TRACK" not in key}
    command = [str(SCRIPTS / "bentoml"), "do-not-track"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "BentoML's usage reports are off.\n"
