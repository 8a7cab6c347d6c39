"""Runs of `batch_scoring` on fabricated messages, with a small model and small parts."""

import csv
import random
from pathlib import Path

from click.testing import Result

from helpers import copy_project, invoke_kedro, make_model
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.term_block import TermBlock

PART_BYTES = 2_000
WORDS = ["win", "prize", "see", "you", "at", "nine", '"now"', "line\nbreak", "größe", "😀"]
SUSPICIOUS = TermBlock(
    analyzer="word",
    token_pattern=r"\w+",
    ngram_range=(1, 1),
    mask_digits=False,
    binary=False,
    terms=["win", "prize", "nine"],
    idf=[1.0, 2.0, 1.0],
    weights=[3.0, 5.0, -2.0],
)
MODEL = make_model(intercept=-1.0, blocks=[SUSPICIOUS])


def make_project(folder: Path, part_bytes: int = PART_BYTES) -> Path:
    """Make a copy of the project with a trained model, which cuts messages into small parts.

    Args:
        folder: Where to put it.
        part_bytes: About how many bytes a part has.
    """
    project = copy_project(folder)
    catalog = project / "conf/base/catalog.yml"
    entry = "filepath: ${runtime_params:messages, null}"
    text = catalog.read_text()
    assert entry in text
    catalog.write_text(text.replace(entry, f"{entry}\n  part_bytes: {part_bytes}"))
    save_model(project, MODEL)
    return project


def save_model(project: Path, model: LinearTextModel) -> None:
    """Put a model where the catalogs expect the trained one, that of Dask's environment too."""
    for folder in ("data", "data/dask"):
        path = project / folder / "06_models/spam_classifier.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(model.to_json())


def fabricate_rows(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Return so many numbered messages; the same seed gives the same ones."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    return [(str(n), " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))) for n in range(count)]


def write_messages(path: Path, rows: list[tuple[str, str]]) -> Path:
    """Write messages as a CSV with the columns `id` and `Message`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "Message"), *rows])
    return path


def score(project: Path, messages: str, predictions: str, *more: str, env: str = "") -> Result:
    """Run `batch_scoring` in this process.

    Args:
        project: The project's folder.
        messages: The input, by its path from there.
        predictions: The output, by its path from there.
        more: Further parameters as `name=value`.
        env: The Kedro environment.
    """
    arguments = ["run", "--pipelines", "batch_scoring", *(["--env", env] if env else [])]
    params = ",".join([f"messages={messages}", f"predictions={predictions}", *more])
    return invoke_kedro(project, *arguments, "--params", params)
