"""Which model a server answers with, and how it takes over the one that is put into production."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest

from helpers import run_command, use_store, wait_until
from servers import HOME, PATIENCE, Server, serve
from spam_classifier.datasets.bento_model_dataset import BentoModelDataset, PackagedModel
from spam_classifier.serving.feedback import FILE_NAME
from spam_classifier.serving.store import LocalModel, read_model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

NAME = "spam_classifier"
PRODUCTION = {"SPAM_CLASSIFIER_MODEL": f"{NAME}:production"}
TWO_WORKERS = {"BENTOML_CONFIG_OPTIONS": "services.SpamClassifier.workers=2"}
SPAM = "WINNER! Claim your free prize now, call 09061701461"
MANY = {"texts": [SPAM] * 1000}  # they are read in many parts, between which the model may change


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of the trained project, with a Bento home of its own."""
    return shutil.copytree(trained, tmp_path / "project")


@pytest.fixture
def tags(project: Path) -> tuple[str, str]:
    """Return the tags of the trained model, and of a newer one that lets everything through."""
    with use_store(project / HOME / "models"):
        newest = LocalModel(f"{NAME}:latest")
        old = newest.stored
        blind = read_model(old).model_copy(update={"intercept": -50.0})
        BentoModelDataset(name=NAME).save(PackagedModel(blind, {}, "<title>blind</title>"))
        return str(old.tag), str(newest.stored.tag)


def run(project: Path, *command: str, **variables: str) -> None:
    variables |= {"BENTOML_HOME": str(project / HOME)}
    done = run_command(*command, cwd=project, env=variables)
    assert done.returncode == 0, done.stderr


@contextmanager
def under_load(server: Server) -> Iterator[None]:
    """Ask all the time; each request must succeed, and both models answer, a request by one."""
    end = Event()

    def ask() -> set[float]:
        told = set()
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            while not end.is_set():
                client.post("/predict", json={"text": SPAM}).raise_for_status()
                answers = client.post("/classify", json=MANY).raise_for_status().json()
                (probability,) = {answer["spam_probability"] for answer in answers}
                told.add(probability)
        return told

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(ask) for _ in range(3)]
        try:
            yield
        finally:
            end.set()
        assert len(set.union(*(load.result() for load in loads))) == 2


def wait_for_model(server: Server, tag: str) -> None:
    """Wait, for 10 seconds at most, until each of the two workers has said that it serves it."""
    line = f"{tag} is served from now on."
    wait_until(lambda: server.log.read_text().count(line) == 2, line, 10.0)


def read_models(server: Server) -> dict[str, float]:
    series = r'^spam_classifier_model_info\{.*tag="(.+?)".*\} (.+)$'
    found = re.findall(series, server.get("/metrics").text, re.MULTILINE)
    return {tag: float(number) for tag, number in found}


def test_models_are_taken_over_under_load(project: Path, tags: tuple[str, str]) -> None:
    """No request is lost, and a roll-back brings back the old answers to the byte."""
    old, new = tags
    run(project, "kedro", "models", "promote", old)
    with serve(project, **PRODUCTION, **TWO_WORKERS) as server:
        before = server.post("/classify", json=MANY).content
        card = server.get("/card").content
        assert read_models(server) == {old: 1}
        with under_load(server):
            run(project, "kedro", "models", "promote", new)
            wait_for_model(server, new)
            assert server.post("/predict", json={"text": SPAM}).json() == {"result": "ham"}
            assert server.get("/card").text == "<title>blind</title>"
            assert read_models(server) == {old: 0, new: 1}
            run(project, "kedro", "models", "rollback")
            wait_for_model(server, old)
        assert server.post("/classify", json=MANY).content == before
        assert server.get("/card").content == card
        assert read_models(server) == {old: 1, new: 0}
        assert SPAM not in server.log.read_text()


def test_a_bento_serves_the_model_it_was_built_with(
    project: Path, tags: tuple[str, str], tmp_path: Path
) -> None:
    """Without the project, beside a newer model, and whichever is in production."""
    old, new = tags
    run(project, "bentoml", "build", SPAM_CLASSIFIER_MODEL=old)
    run(project, "kedro", "models", "promote", new)
    (project / HOME).rename(tmp_path / HOME)
    shutil.rmtree(project)
    with serve(tmp_path, f"{NAME}:latest", **PRODUCTION) as server:
        assert server.get("/model").json()["tag"] == old
        assert "<!doctype html>" in server.get("/app").text


def test_answers_are_counted_and_compared_with_those_of_a_challenger(
    project: Path, tags: tuple[str, str], tmp_path: Path
) -> None:
    """But not those to `/explain`, which the page asks while a message is typed."""
    old, blind = tags
    variables = {"SPAM_CLASSIFIER_MODEL": old, "SPAM_CLASSIFIER_CHALLENGER": blind}
    with serve(project, **variables, SPAM_CLASSIFIER_FEEDBACK=str(tmp_path)) as server:
        assert server.post("/predict", json={"text": SPAM}).json() == {"result": "spam"}
        server.post("/classify", json={"texts": [SPAM, "see you at home, mum"]})
        server.post("/explain", json={"text": SPAM})
        lines = (
            'spam_classifier_challenger_total{result="different"} 2.0',
            'spam_classifier_challenger_total{result="same"} 1.0',
        )
        wait_until(lambda: all(line in server.get("/metrics").text for line in lines), str(lines))
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        counts = connection.execute("SELECT result, number FROM answers ORDER BY result").fetchall()
    assert counts == [("ham", 1), ("spam", 2)]
