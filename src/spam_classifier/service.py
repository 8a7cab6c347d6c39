"""The BentoML service: `bentoml serve` in the project's folder serves it."""

import gc
import os
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

import bentoml
import prometheus_client
from bentoml._internal.utils.analytics import usage_stats
from bentoml.images import Image
from starlette.exceptions import HTTPException

from .model.linear_text_model import DECIMALS, LinearTextModel
from .serving import challenger, telemetry  # noqa: F401 - the latter turns usage reports off
from .serving.answer_counter import AnswerCounter
from .serving.challenger import Challenger
from .serving.feedback import add_correction, check_folder, find_folder
from .serving.framework import FrontedService
from .serving.front import run_aside
from .serving.home import PRODUCTION
from .serving.schemas import (
    Answer,
    BodyError,
    Classification,
    ExplainedClassification,
    FeedbackRequest,
    KeptCorrection,
    TextRequest,
    TextsRequest,
)
from .serving.startup import check_start
from .serving.store import LocalModel, ServedModel, follow_promotions, read_model

TAG_VARIABLE = "SPAM_CLASSIFIER_MODEL"
NEWEST = "spam_classifier:latest"
BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
SHORT = 500  # characters: a few milliseconds at most
PART_TEXTS = 100
PART_CHARACTERS = 10_000
SCALE = 10.0**DECIMALS
NOT_KEPT = "The correction cannot be kept now: send it again later."

# With a distribution BentoML would add a compiler and git. The Python of the base image comes
# without bytecode: compiled once here, it starts 0.8 s sooner.
IMAGE = Image("docker.io/library/python:3.11-slim", distro="", python_version="3.11").run(
    "python -m compileall -q -x '/(lib2to3|site-packages|test)/' "
    "\"$(python -c 'import os; print(os.path.dirname(os.__file__))')\""
)
# What `/metrics` tells besides BentoML's counters of requests; it adds up those of all workers.
ANSWERS = prometheus_client.Counter(
    "spam_classifier_answers", "Total number of classified messages.", ["result"], registry=None
)
MODEL = prometheus_client.Gauge(
    "spam_classifier_model_info",
    "1 for the model that is served, 0 for one that was before.",
    ["tag", "data_md5"],
    registry=None,
    multiprocess_mode="mostrecent",
)

Result = TypeVar("Result")


@bentoml.service(
    name="SpamClassifier",
    service_class=FrontedService,
    http={"host": "127.0.0.1", "port": 3000},
    traffic={"timeout": 30},
    metrics={"enabled": True, "namespace": "bentoml_service", "duration": {"buckets": BUCKETS}},
    image=IMAGE,
)
class SpamClassifier:
    """Tells spam from ham in text messages."""

    stored = LocalModel(os.environ.get(TAG_VARIABLE, NEWEST))
    folder = find_folder()

    def __init__(self) -> None:
        """Load the model, once in each worker process."""
        self.served = ServedModel(self.stored)
        self.counter = AnswerCounter(self.folder) if self.folder else None
        _tell(self.served, 1)
        tag = os.environ.get(challenger.VARIABLE)
        self.challenger = Challenger(read_model(LocalModel(tag).stored)) if tag else None
        # What is loaded now stays: the collector need not look at it again, which takes 0.2 s.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        if type(self).stored.tag.version == PRODUCTION:
            follow_promotions(self.served, self._serve)

    @bentoml.on_deployment
    @staticmethod
    def check() -> None:
        """Make sure, before any worker process starts, that it can start and has a model to serve.

        All worker processes, later ones too, serve the one that the bento was built with or that is
        the newest now; but for the promoted one, which may change.

        Raises:
            UserError: If there is none that can be served, or its feedback cannot be kept.
            BentoMLConfigException: If a worker could not start.
        """
        usage_stats.do_not_track.cache_clear()  # it was asked before this module turned it off
        service: bentoml.Service = SpamClassifier
        model = service.bento.info.all_models[0] if service.bento else service.inner.stored
        entry = LocalModel(model.tag).resolve()
        read_model(entry)
        if model.tag.version != PRODUCTION:
            os.environ[TAG_VARIABLE] = str(entry.tag)
        if challenger_tag := os.environ.get(challenger.VARIABLE):
            read_model(LocalModel(challenger_tag).stored)
        check_start(service)
        if service.inner.folder:
            check_folder(service.inner.folder)

    @bentoml.on_shutdown
    def write_counts(self) -> None:
        """Write down the counts of the last seconds."""
        if self.counter:
            self.counter.write()

    @bentoml.api(input_spec=TextRequest)
    async def predict(self, text: str) -> Answer:
        """Say whether a message is spam or ham."""
        if self.counter or self.challenger:
            (answer,) = await self._classify([text])
            return {"result": answer["result"]}
        model = self.served.model
        (label,) = _count(model.labels(await _take_turn(model.score, [text])))
        return {"result": label}

    @bentoml.api(input_spec=TextsRequest)
    async def classify(self, texts: list[str]) -> list[Classification]:
        """Say for each message whether it is spam or ham, and how likely it is spam."""
        return await self._classify(texts)

    @bentoml.api(input_spec=TextRequest)
    async def explain(self, text: str) -> ExplainedClassification:
        """Say which words of a message speak for spam and which for ham."""
        model = self.served.model
        explanation = await run_aside(model.explain, text)
        (answer,) = _answer(model, [explanation.score], [explanation.known])
        _count([answer["result"]])
        return {
            **answer,
            "threshold": model.threshold,
            "intercept": explanation.intercept,
            "remainder": explanation.remainder,
            "spans": explanation.spans,
        }

    if folder:

        @bentoml.api(input_spec=FeedbackRequest)
        async def feedback(self, text: str, label: str) -> KeptCorrection:
            """Keep the right class of a message, to learn from it later."""
            served = self.served
            classes = {name.casefold(): name for name in served.model.classes}
            if (told := label.strip().casefold()) not in classes:
                raise BodyError(f"The field label must be {' or '.join(served.model.classes)}.")
            assert self.folder  # noqa: S101 - else there is no such path
            (answer,) = _answer(served.model, *await _take_turn(served.model.read, [text]))
            said = answer["result"], answer["spam_probability"], served.description["tag"]
            try:
                number = await run_aside(add_correction, self.folder, text, classes[told], *said)
            except (OSError, sqlite3.Error):
                raise HTTPException(503, NOT_KEPT, {"retry-after": "60"}) from None
            return {"id": number}

    async def _classify(self, texts: list[str]) -> list[Classification]:
        """Answer as the model that is served now does, and let the answers be counted."""
        served, answers = self.served, list[Classification]()
        for part in _cut(texts):
            answers += _answer(served.model, *await _take_turn(served.model.read, part))
        labels = _count([answer["result"] for answer in answers])
        if self.counter:
            self.counter.count(served.description["tag"], texts, answers)
        if self.challenger:
            self.challenger.watch(texts, labels)
        return answers

    def _serve(self, served: ServedModel) -> None:
        """Answer the requests that come from now on with another model."""
        _tell(self.served, 0)
        _tell(served, 1)
        self.served = served


def _tell(served: ServedModel, value: int) -> None:
    MODEL.labels(served.description["tag"], served.description["data_md5"]).set(value)


def _count(labels: list[str]) -> list[str]:
    """Let `/metrics` count answers, and return them."""
    for label in set(labels):
        ANSWERS.labels(label).inc(labels.count(label))
    return labels


def _answer(
    model: LinearTextModel, scores: list[float], known: list[float]
) -> list[Classification]:
    parts = zip(model.labels(scores), model.probabilities(scores), known, strict=True)
    return [
        {"result": label, "spam_probability": _round(probability), "known": _round(share)}
        for label, probability, share in parts
    ]


def _round(share: float) -> float:
    return round(share * SCALE) / SCALE


async def _take_turn(function: Callable[[list[str]], Result], texts: list[str]) -> Result:
    """Read texts at once if they are short, and beside the event loop if not."""
    if sum(map(len, texts)) <= SHORT:
        return function(texts)
    return await run_aside(function, texts)


def _cut(texts: list[str]) -> Iterator[list[str]]:
    """Cut a long list into parts, after each of which it is another request's turn."""
    start = characters = 0
    for end, text in enumerate(texts):
        characters += len(text)
        if end - start == PART_TEXTS or characters > PART_CHARACTERS:
            yield texts[start:end]
            start, characters = end, len(text)
    yield texts[start:]
