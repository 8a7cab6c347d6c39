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


def test_make_test_api_gets_the_reference_answer(server: Server) -> None:
    command = ["make", "--no-print-directory", "test-api", f"PORT={server.port}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == '{"result":"spam"}\n'


def test_answers_are_the_pipeline_s(server: Server, trained: Path) -> None:
    """Every test message gets the class and the probability of `test_predictions`, in order."""
    path = trained / "data/07_model_output/test_predictions.csv"
    expected = pd.read_csv(path, keep_default_na=False)
    texts = expected["Message"].to_list()
    answers = []
    for start in range(0, len(texts), 1000):
        answers += server.post("/classify", json={"texts": texts[start : start + 1000]}).json()
    table = pd.DataFrame(answers)
    assert table["result"].to_list() == expected["prediction"].to_list()
    probabilities = expected["spam_probability"].to_list()
    assert table["spam_probability"].to_list() == pytest.approx(probabilities, abs=1e-9)
    for text, answer in list(zip(texts, answers, strict=True))[:20]:
        assert server.post("/predict", json={"text": text}).json() == {"result": answer["result"]}


@pytest.mark.parametrize("text", [REFERENCE_TEXT, "👍 İİ FREE Hallo Mama, das ist meine Nummer"])
def test_an_explanation_adds_up_to_what_classify_answers(server: Server, text: str) -> None:
    """Intercept, remainder and weights are the log-odds; offsets are code points as sent."""
    told = server.post("/explain", json={"text": text}).json()
    spans = told["spans"]
    score = math.fsum([told["intercept"], told["remainder"], *(span["weight"] for span in spans)])
    assert 1 / (1 + math.exp(-score)) == pytest.approx(told["spam_probability"], abs=1e-6)
    assert {"WON", "FREE"} & {text[span["start"] : span["end"]] for span in spans}
    (answer,) = server.post("/classify", json={"texts": [text]}).json()
    assert answer == {name: told[name] for name in answer}
    assert (answer["known"] == 1) is (text == REFERENCE_TEXT)


def test_model_tells_where_it_comes_from(server: Server) -> None:
    answer = server.get("/model").json()
    others = {"tag", "created", "learnt_from", "metrics", "operating_points", "feedback"}
    assert answer.keys() >= others | {"git_revision", "git_dirty"}
    assert answer["data_md5"] == "f3dd99e6e62ed6d98980e9989a20c452"
    assert answer["parameters"]["test_prop"] == 0.4
    assert answer["versions"]["scikit-learn"]


def test_openapi_document_describes_the_contract(server: Server) -> None:
    document = server.get("/docs.json").json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["info"]["version"] == version("spam-classifier")
    assert "(app)" in document["info"]["description"]
    assert all(each["summary"] for path in document["paths"].values() for each in path.values())
    assert {"/model", "/readyz"} <= set(document["paths"])
    for path, field in (("/predict", "text"), ("/classify", "texts"), ("/explain", "text")):
        operation = document["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert (list(schema["properties"]), schema["additionalProperties"]) == ([field], False)
        body = {field: schema["properties"][field]["examples"][0]}
        assert server.post(path, json=body).status_code == 200


@pytest.mark.parametrize("path", ["/", "/app", "/app/app.js", "/card", "/predict", "/nowhere"])
def test_browsers_may_neither_frame_nor_guess_an_answer(server: Server, path: str) -> None:
    """Our pages run our files alone; BentoML's has a tag manager, which its policy keeps out."""
    headers = server.get(path).headers
    (policy,) = headers.get_list("content-security-policy")
    assert "frame-ancestors 'none'" in policy
    assert re.search("default-src '(self|none)'", policy)
    assert "unsafe" not in policy or not path.startswith(("/app", "/card"))
    assert headers["x-content-type-options"] == "nosniff"
