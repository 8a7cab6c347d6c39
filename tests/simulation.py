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
from pathlib import Path

import pandas as pd

from helpers import PROJECT, RAW_CSV, invoke_kedro
from servers import HOME, Server, serve, train

SEED = 7
NEW_SPAM = 300  # messages, half of which are for what comes after
CORRECTIONS = 50
PATIENCE = 10.0  # seconds in which a running server takes over what is promoted
LIMIT = 0.01  # share of the ham that may be blocked

GREETINGS = ("Hi", "Hello", "Good morning", "Hey there", "Dear neighbour")
SENDERS = ("the depot", "our courier", "the sorting office", "your local hub", "the van driver")
THINGS = ("parcel", "package", "delivery", "box", "shipment")
PROBLEMS = (
    "could not be left with you today",
    "is waiting for a new address",
    "is held because of a small customs balance",
    "will go back to the sender tomorrow",
    "is too large for your letter box",
)
STEPS = ("pick a new slot at", "see the label at", "settle it at", "tell us where you are at")
ENDINGS = ("thanks", "have a nice day", "see you soon", "the team", "best wishes")


def make_new_spam(number: int) -> list[str]:
    """Return different messages about parcels: a topic of which the corpus has next to nothing."""
    draw = random.Random(SEED).choice  # noqa: S311 - no secret
    texts: dict[str, None] = {}
    while len(texts) < number:
        page = "".join(draw("bcdfgaeiou") for _ in range(6))
        texts[
            f"{draw(GREETINGS)}, it's {draw(SENDERS)}. Your {draw(THINGS)} {draw(PROBLEMS)}, "
            f"please {draw(STEPS)} {page}-{draw(THINGS)}.example, {draw(ENDINGS)}"
        ] = None
    return list(texts)


def kedro(project: Path, *arguments: str) -> None:
    """Run a command of the project."""
    result = invoke_kedro(project, *arguments)
    if result.exit_code:
        sys.exit(result.output)


def simulate(project: Path, kept: Path) -> bool:
    """Let spam change, go once around the loop, and print each step.

    Args:
        project: A copy of the project that has stored its first model.
        kept: The folder for corrections.

    Returns:
        Whether the loop works.
    """
    kedro(project, "models", "promote", "latest")
    test = pd.read_csv(project / "data/05_model_input/test_messages.csv", dtype=str)
    ham = test["Message"][test["Category"] == "ham"].to_list()
    new = make_new_spam(NEW_SPAM)
    seen, later = new[: NEW_SPAM // 2], new[NEW_SPAM // 2 :]
    promoted = {"SPAM_CLASSIFIER_MODEL": "spam_classifier:production"}
    with serve(project, **promoted, SPAM_CLASSIFIER_FEEDBACK=str(kept)) as server:
        first, answers = read_tag(server), classify(server, later)
        print(f"ham blocked at first          {share_of_spam(server, ham):.3f}")
        before = share_of_spam(server, seen)
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
        second = wait_for_another_model(server, first)
        after, ham_blocked = share_of_spam(server, later), share_of_spam(server, ham)
        print(f"other new spam caught now     {after:.2f}")
        print(f"ham blocked now               {ham_blocked:.3f}")
        kedro(project, "models", "rollback")
        wait_for_another_model(server, second)
        is_undone = classify(server, later) == answers
        print(f"the first answers after a roll-back: {'yes' if is_undone else 'no'}")
    is_caught = before < 0.5 and after > 0.9 and ham_blocked < LIMIT
    return is_caught and is_undone and advice == "retrain"


def classify(server: Server, texts: list[str]) -> bytes:
    """Return the answers about at most 1,000 messages."""
    return server.post("/classify", json={"texts": texts}).raise_for_status().content


def share_of_spam(server: Server, texts: list[str]) -> float:
    """Return which share of messages is called spam."""
    starts = range(0, len(texts), 1000)
    answers = [json.loads(classify(server, texts[start : start + 1000])) for start in starts]
    return [answer["result"] for some in answers for answer in some].count("spam") / len(texts)


def read_tag(server: Server) -> str:
    """Return the tag of the model that is served."""
    return str(server.get("/model").json()["tag"])


def wait_for_another_model(server: Server, tag: str) -> str:
    """Wait until a server serves another model than before, and return its tag."""
    end = time.monotonic() + PATIENCE
    while (served := read_tag(server)) == tag:
        if time.monotonic() > end:
            sys.exit(f"{tag} is still served after {PATIENCE:.0f} seconds.")
        time.sleep(0.1)
    return served


def main() -> None:
    """Simulate in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        project, kept = Path(folder) / "project", Path(folder) / "kept"
        os.environ |= {"BENTOML_HOME": str(project / HOME), "SPAM_CLASSIFIER_FEEDBACK": str(kept)}
        os.environ["BENTOML_DO_NOT_TRACK"] = "True"
        if not simulate(train(project, PROJECT / RAW_CSV), kept):
            sys.exit("The loop does not work.")


if __name__ == "__main__":
    main()
