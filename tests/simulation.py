"""Shows that the loop works: spam changes, is reported, learnt from, caught, and undone.

    python tests/simulation.py

In a copy of the project with a model store of its own, so that nothing of yours changes. All
messages of the new kind of spam are made up; the others are the corpus's test messages.
"""

import json
import os
import random
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import PROJECT, RAW_CSV, invoke_kedro, wait_until
from servers import HOME, Server, serve, train

SEED = 7
NEW_SPAM = 300  # messages, half of which are for what comes after
CORRECTIONS = 50
PATIENCE = 10.0  # seconds in which a running server takes over what is promoted
LIMIT = 0.01  # share of the ham that may be blocked

GREETINGS = ("Hi", "Hello", "Good morning", "Hey there", "Dear neighbour")
THINGS = ("parcel", "package", "delivery", "box", "shipment")
PROBLEMS = ("could not be left today", "has no address", "goes back tomorrow", "is too large")
STEPS = ("pick a new slot at", "see the label at", "settle it at", "tell us where you are at")


def make_new_spam() -> list[str]:
    """Return different messages about parcels: a topic of which the corpus has next to nothing."""
    texts = [
        f"{greeting}, your {thing} {problem}, please {step} {thing}-depot.example"
        for greeting, thing, problem, step in product(GREETINGS, THINGS, PROBLEMS, STEPS)
    ]
    return random.Random(SEED).sample(texts, NEW_SPAM)  # noqa: S311 - no secret


def kedro(project: Path, *arguments: str) -> None:
    """Run a command of the project."""
    result = invoke_kedro(project, *arguments)
    if result.exit_code:
        sys.exit(result.output)


def simulate(project: Path) -> bool:
    """Let spam change, go once around the loop, print each step; return whether it works."""
    kedro(project, "models", "promote", "latest")
    test = pd.read_csv(project / "data/05_model_input/test_messages.csv", dtype=str)
    ham = test["Message"][test["Category"] == "ham"].to_list()
    new = make_new_spam()
    seen, later = new[: NEW_SPAM // 2], new[NEW_SPAM // 2 :]
    with serve(project, SPAM_CLASSIFIER_MODEL="spam_classifier:production") as server:
        first, answers = read_tag(server), classify(server, later)
        print(f"ham blocked at first          {share_of_spam(classify(server, ham)):.3f}")
        before = share_of_spam(classify(server, seen))
        print(f"new spam caught at first      {before:.2f}")
        for text in seen[:CORRECTIONS]:
            server.post("/feedback", json={"text": text, "label": "spam"}).raise_for_status()
        time.sleep(6.0)  # counts are written every five seconds
        kedro(project, "run", "--pipelines", "monitoring")
        report = project / "data/08_reporting/monitoring_report.json"
        advice = json.loads(report.read_text())["advice"]
        print(f"the drift report says         {advice}")
        kedro(project, "feedback", "export")
        kedro(project, "run")
        kedro(project, "models", "promote", "latest")
        wait_until(lambda: read_tag(server) != first, f"{first} is still served.", PATIENCE)
        after = share_of_spam(classify(server, later))
        ham_blocked = share_of_spam(classify(server, ham))
        print(f"other new spam caught now     {after:.2f}")
        print(f"ham blocked now               {ham_blocked:.3f}")
        kedro(project, "models", "rollback")
        wait_until(lambda: read_tag(server) == first, f"{first} is not served again.", PATIENCE)
        is_undone = classify(server, later) == answers
        print(f"the first answers after a roll-back: {'yes' if is_undone else 'no'}")
    is_caught = before < 0.5 and after > 0.9 and ham_blocked < LIMIT
    return is_caught and is_undone and advice == "retrain"


def read_tag(server: Server) -> str:
    """Return the tag of the model that is served."""
    return str(server.get("/model").json()["tag"])


def classify(server: Server, texts: list[str]) -> list[dict[str, Any]]:
    """Return the answers about messages, of which a request may have 1,000."""
    answers = []
    for start in range(0, len(texts), 1000):
        body = {"texts": texts[start : start + 1000]}
        answers += server.post("/classify", json=body).raise_for_status().json()
    return answers


def share_of_spam(answers: list[dict[str, Any]]) -> float:
    """Return which share of messages is called spam."""
    return [answer["result"] for answer in answers].count("spam") / len(answers)


def main() -> None:
    """Simulate in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        os.environ["BENTOML_HOME"] = str(project / HOME)
        os.environ["BENTOML_DO_NOT_TRACK"] = "True"
        os.environ["SPAM_CLASSIFIER_FEEDBACK"] = f"{folder}/kept"
        if not simulate(train(project, PROJECT / RAW_CSV)):
            sys.exit("The loop does not work.")


if __name__ == "__main__":
    main()
