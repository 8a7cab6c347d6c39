"""A running server takes over the model that is put into production."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest

from browser import wait_until
from helpers import run_command, use_store
from servers import PATIENCE, Server, refuse_to_serve, serve
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.serving.store import SECONDS_BETWEEN_LOOKS, LocalModel, read_model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

NAME = "spam_classifier"
PRODUCTION = {"SPAM_CLASSIFIER_MODEL": f"{NAME}:production"}
TWO_WORKERS = {"BENTOML_CONFIG_OPTIONS": "services.SpamClassifier.workers=2"}
SPAM = "WINNER! Claim your free prize now, call 09061701461"
MANY = {"texts": [SPAM] * 300}  # they are read in several parts


@pytest.fixture
def own_home(home: Path, trained: Path, tmp_path: Path) -> Path:
    """Return a Bento home with the trained model."""
    shutil.copytree(home / "models", tmp_path / "models", ignore=shutil.ignore_patterns("*.log"))
    return tmp_path


@pytest.fixture
def tags(own_home: Path) -> tuple[str, str]:
    """Return the tags of the trained model, and of a newer one that lets everything through."""
    with use_store(own_home / "models"):
        newest = LocalModel(f"{NAME}:latest")
        old = newest.stored
        blind = read_model(old).model_copy(update={"intercept": -50.0})
        BentoModelDataset(name=NAME).save(PackagedModel(blind, {}, "<title>blind</title>"))
        return str(old.tag), str(newest.stored.tag)


@contextmanager
def under_load(server: Server) -> Iterator[list[float]]:
    """Ask all the time; each request must succeed, and be answered by a single model.

    Yields:
        The probability of each answer, by then.
    """
    end, probabilities = Event(), []

    def ask(path: str, body: object) -> int:
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            count = 0
            while not end.is_set():
                answer = client.post(path, json=body)
                assert answer.status_code == 200, answer.text
                count += 1
                if path == "/classify":
                    (probability,) = {item["spam_probability"] for item in answer.json()}
                    probabilities.append(probability)
        return count

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(ask, *load) for load in (("/predict", {"text": SPAM}),) * 2]
        loads.append(pool.submit(ask, "/classify", MANY))
        try:
            yield probabilities
        finally:
            end.set()
        assert min(load.result() for load in loads) > 10


def manage(project: Path, home: Path, *arguments: str) -> None:
    done = run_command("kedro", "models", *arguments, cwd=project, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 0, done.stderr


def wait_for_model(server: Server, tag: str) -> None:
    """Wait, for 10 seconds at most, until no worker serves another model any more.

    Which worker answers is the system's choice: they agree once none has differed for longer than
    each waits between two looks.
    """
    start = differed = time.monotonic()
    while time.monotonic() < differed + SECONDS_BETWEEN_LOOKS + 1:
        if server.get("/model").json()["tag"] != tag:
            differed = time.monotonic()
            assert differed < start + 10
        time.sleep(0.01)


def read_models(server: Server) -> dict[str, float]:
    lines = server.get("/metrics").text.splitlines()
    lines = [line for line in lines if line.startswith("spam_classifier_model_info")]
    return {line.split('tag="')[1].split('"')[0]: float(line.split()[-1]) for line in lines}


def test_models_are_taken_over_under_load(
    trained: Path, own_home: Path, tags: tuple[str, str]
) -> None:
    """No request is lost, and a roll-back brings back the old answers to the byte."""
    old, new = tags
    manage(trained, own_home, "promote", old)
    with serve(trained, own_home, **PRODUCTION, **TWO_WORKERS) as running:
        before = running.post("/classify", MANY).content
        card = running.get("/card").content
        assert read_models(running) == {old: 1}
        with under_load(running) as probabilities:
            manage(trained, own_home, "promote", new)
            wait_for_model(running, new)
            assert running.post("/predict", {"text": SPAM}).json() == {"result": "ham"}
            assert running.get("/card").text == "<title>blind</title>"
            assert read_models(running) == {old: 0, new: 1}
            manage(trained, own_home, "rollback")
            wait_for_model(running, old)
        assert len(set(probabilities)) == 2
        assert running.post("/classify", MANY).content == before
        assert running.get("/card").content == card
        assert read_models(running) == {old: 1, new: 0}
        assert SPAM not in running.log.read_text()


def test_a_server_without_a_promoted_model(trained: Path, own_home: Path) -> None:
    """It ends with the command that chooses one."""
    line = refuse_to_serve(trained, own_home, **PRODUCTION)
    assert "There is no model spam_classifier:production" in line
    assert "type `kedro models promote TAG`" in line


def test_a_challenger_answers_nobody_and_is_counted_where_it_differs(
    trained: Path, own_home: Path, tags: tuple[str, str]
) -> None:
    old, blind = tags
    variables = {"SPAM_CLASSIFIER_MODEL": old, "SPAM_CLASSIFIER_CHALLENGER": blind}
    with serve(trained, own_home, **variables) as server:
        assert server.post("/predict", {"text": SPAM}).json() == {"result": "spam"}
        server.post("/classify", {"texts": [SPAM, "see you at home, mum"]})
        server.post("/explain", {"text": SPAM})
        lines = (
            'spam_classifier_challenger_total{result="different"} 2.0',
            'spam_classifier_challenger_total{result="same"} 1.0',
        )
        wait_until(lambda: all(line in server.get("/metrics").text for line in lines), str(lines))


def test_a_challenger_that_is_not_there_ends_the_start(trained: Path, home: Path) -> None:
    sentence = refuse_to_serve(trained, home, SPAM_CLASSIFIER_CHALLENGER="spam_classifier:none")
    assert "There is no model spam_classifier:none" in sentence
