"""Shows that the loop works: spam changes, is reported, learnt from, caught, and undone.

    python tests/simulation.py

In a copy of the project with a model store of its own, so that nothing of yours changes. All
messages of the new kind of spam are made up; the others are the corpus's test messages.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd

from helpers import PROJECT, RAW_CSV, run_command
from servers import Server, serve, train

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


@dataclass(frozen=True)
class Outcome:
    """What the simulation measured.

    Attributes:
        before: Share of the new spam that the first model caught.
        advice: What the drift report says, once corrections came in.
        after: Share of other new spam that the retrained model catches.
        ham_blocked: Share of the test messages that are ham and that it blocks.
        takeover: Seconds until the running server served it.
        same_again: Whether the answers after the roll-back are the first ones byte for byte.
    """

    before: float
    advice: str
    after: float
    ham_blocked: float
    takeover: float
    same_again: bool


class World:
    """A project, its model store, and a folder for what the service keeps."""

    def __init__(self, folder: Path) -> None:
        """Train the first model on the corpus.

        Args:
            folder: An empty one.
        """
        self.home, self.kept = folder / "home", folder / "kept"
        self.home.mkdir()
        self.project = train(folder / "project", self.home, PROJECT / RAW_CSV)

    def kedro(self, *arguments: str) -> str:
        """Run a command of the project; return what it prints."""
        variables = {"BENTOML_HOME": str(self.home), "SPAM_CLASSIFIER_FEEDBACK": str(self.kept)}
        done = run_command("kedro", *arguments, cwd=self.project, env=variables)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout + done.stderr


def simulate(folder: Path, say: Callable[[str], None]) -> Outcome:
    """Let spam change, and go once around the loop.

    Args:
        folder: An empty one, for a copy of the project.
        say: Gets a line for each step.
    """
    world = World(folder)
    world.kedro("models", "promote", "latest")
    table = pd.read_csv(world.project / "data/05_model_input/test_messages.csv", dtype=str)
    test = table["Message"].to_list(), table["Category"].to_list()
    new = make_new_spam(NEW_SPAM)
    seen, later = new[: NEW_SPAM // 2], new[NEW_SPAM // 2 :]
    with serve(
        world.project,
        world.home,
        SPAM_CLASSIFIER_MODEL="spam_classifier:production",
        SPAM_CLASSIFIER_FEEDBACK=str(world.kept),
    ) as server:
        first, content = read_tag(server), classify(server, later).content
        say(f"ham blocked at first          {share_of_spam(server, ham_of(*test)):.3f}")
        before = share_of_spam(server, seen)
        say(f"new spam caught at first      {before:.2f}")
        correct(server, seen[:CORRECTIONS])
        time.sleep(6.0)  # counts are written every five seconds
        advice = read_advice(world.kedro("run", "--pipelines", "monitoring"))
        say(f"the drift report says         {advice}")
        world.kedro("feedback", "export")
        world.kedro("run")
        world.kedro("models", "promote", "latest")
        takeover = wait_for_other_model(server, first)
        after = share_of_spam(server, later)
        ham_blocked = share_of_spam(server, ham_of(*test))
        say(f"other new spam caught now     {after:.2f}")
        say(f"ham blocked now               {ham_blocked:.3f}")
        second = read_tag(server)
        world.kedro("models", "rollback")
        wait_for_other_model(server, second)
        same_again = classify(server, later).content == content
        say(f"the first answers after a roll-back: {'yes' if same_again else 'no'}")
    return Outcome(before, advice, after, ham_blocked, takeover, same_again)


def ham_of(texts: list[str], labels: list[str]) -> list[str]:
    """Return the texts whose label is ham."""
    return [text for text, label in zip(texts, labels, strict=True) if label == "ham"]


def classify(server: Server, texts: list[str]) -> httpx.Response:
    """Classify at most 1,000 messages."""
    return server.post("/classify", {"texts": texts}).raise_for_status()


def share_of_spam(server: Server, texts: list[str]) -> float:
    """Return which share of messages is called spam."""
    answers = [
        answer["result"]
        for start in range(0, len(texts), 1000)
        for answer in classify(server, texts[start : start + 1000]).json()
    ]
    return answers.count("spam") / len(answers)


def correct(server: Server, texts: list[str]) -> None:
    """Say of messages that they are spam."""
    for text in texts:
        server.post("/feedback", {"text": text, "label": "spam"}).raise_for_status()


def read_tag(server: Server) -> str:
    """Return the tag of the model that is served."""
    return str(server.get("/model").json()["tag"])


def wait_for_other_model(server: Server, tag: str) -> float:
    """Wait until a server serves another model; return the seconds that it took."""
    start = time.monotonic()
    while read_tag(server) == tag:
        if time.monotonic() - start > PATIENCE:
            raise RuntimeError(f"{tag} is still served after {PATIENCE:.0f} seconds.")
        time.sleep(0.1)
    return time.monotonic() - start


def read_advice(log: str) -> str:
    """Return the advice at the end of a drift report's log."""
    known = ("nothing to do", "too little to tell", "retrain")
    return max(known, key=lambda advice: log.lower().rfind(advice))


def main() -> None:
    """Simulate in a temporary folder, and print each step."""
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    with tempfile.TemporaryDirectory() as folder:
        outcome = simulate(Path(folder), print)
    is_caught_again = outcome.before < 0.5 and outcome.after > 0.9
    is_advised = outcome.advice == "retrain"
    if not (is_caught_again and is_advised and outcome.same_again and outcome.ham_blocked < LIMIT):
        sys.exit("The loop does not work.")


if __name__ == "__main__":
    main()
