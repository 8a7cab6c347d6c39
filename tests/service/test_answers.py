"""What the service answers: the same as the pipeline, in the form that the contract says."""

import math
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from helpers import PROJECT
from servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

REFERENCE_TEXT = "You've WON a PRIZE, text back to find out what"


@pytest.fixture(scope="module")
def predictions(trained: Path) -> pd.DataFrame:
    """Return the pipeline's answers to the test messages, as text."""
    path = trained / "data/07_model_output/test_predictions.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_reference_request_is_spam(server: Server) -> None:
    """The reference's curl gets the reference's answer, and nothing else."""
    answer = server.post("/predict", {"text": REFERENCE_TEXT})
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == '{"result":"spam"}'


def test_make_test_api_types_the_reference_request(server: Server) -> None:
    """`make test-api` posts the reference's text to /predict."""
    command = ["make", "--no-print-directory", "test-api", f"PORT={server.port}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == server.post("/predict", {"text": REFERENCE_TEXT}).text


def test_answers_are_the_pipeline_s(server: Server, predictions: pd.DataFrame) -> None:
    """Every test message gets the class and the probability of `test_predictions`, in order."""
    texts = predictions["Message"].to_list()
    answers = []
    for start in range(0, len(texts), 1000):
        answers += server.post("/classify", {"texts": texts[start : start + 1000]}).json()
    assert [answer["result"] for answer in answers] == predictions["prediction"].to_list()
    expected = predictions["spam_probability"].astype(float).to_list()
    assert [answer["spam_probability"] for answer in answers] == pytest.approx(expected, abs=1e-9)
    for text, answer in list(zip(texts, answers, strict=True))[:100]:
        assert server.post("/predict", {"text": text}).json() == {"result": answer["result"]}


def test_the_share_of_known_words_is_told(server: Server) -> None:
    """It is the same in /classify and /explain; /predict has the result alone."""
    german = "Hallo Mama, das ist meine neue Nummer"
    own, foreign = server.post("/classify", {"texts": [REFERENCE_TEXT, german]}).json()
    assert own["known"] == 1.0
    assert foreign["known"] == server.post("/explain", {"text": german}).json()["known"] < 0.5
    assert list(server.post("/predict", {"text": german}).json()) == ["result"]


def test_explanation_adds_up_to_the_probability(server: Server) -> None:
    """Intercept, remainder and weights are the log-odds of the probability."""
    answer = server.post("/explain", {"text": REFERENCE_TEXT}).json()
    weights = [span["weight"] for span in answer["spans"]]
    score = math.fsum([answer["intercept"], answer["remainder"], *weights])
    assert 1 / (1 + math.exp(-score)) == pytest.approx(answer["spam_probability"], abs=1e-6)
    spam = answer["spam_probability"] >= answer["threshold"]
    assert answer["result"] == ("spam" if spam else "ham")


def test_explanation_counts_code_points_of_the_text_as_sent(server: Server) -> None:
    """Offsets hold beside characters outside the first plane and such as grow in lower case."""
    text = "👍 İİ FREE"
    spans = server.post("/explain", {"text": text}).json()["spans"]
    assert "FREE" in [text[span["start"] : span["end"]] for span in spans]


def test_model_tells_where_it_comes_from(server: Server, trained: Path) -> None:
    """/model has the contract's fields, with the data's MD5 and the run's parameters."""
    answer = server.get("/model").json()
    assert list(answer) == [
        *("tag", "created", "data_md5", "learnt_from", "parameters", "metrics"),
        "operating_points",
        *("git_revision", "git_dirty", "versions"),
    ]
    assert answer["tag"].startswith("spam_classifier:")
    assert answer["data_md5"] == "f3dd99e6e62ed6d98980e9989a20c452"
    assert answer["parameters"]["test_prop"] == 0.4
    assert answer["versions"]["scikit-learn"]


def test_openapi_document_describes_the_contract(server: Server) -> None:
    """/docs.json has every endpoint, with the fields that a body may have."""
    document = server.get("/docs.json").json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["info"]["version"] == version("spam-classifier")
    assert "(app)" in document["info"]["description"]
    assert all(each["summary"] for path in document["paths"].values() for each in path.values())
    assert {"/predict", "/classify", "/explain", "/model", "/readyz"} <= set(document["paths"])
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert list(body["schema"]["properties"]) == ["text"]
    assert body["schema"]["additionalProperties"] is False
    for path in ("/predict", "/classify", "/explain"):  # what "Try it out" sends is answered
        operation = document["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = {name: field["examples"][0] for name, field in schema["properties"].items()}
        assert server.post(path, body).status_code == 200


@pytest.mark.parametrize("path", ["/", "/app", "/model", "/predict", "/nowhere"])
def test_browsers_may_neither_frame_nor_guess_an_answer(server: Server, path: str) -> None:
    """Each answer says so; BentoML's page has a tag manager, which its policy keeps out, too."""
    headers = server.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert re.search("default-src '(self|none)'", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
