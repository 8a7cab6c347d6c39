"""The BentoML service: `bentoml serve` in the project's folder serves it."""

import asyncio
import gc
import os
from collections.abc import Iterator

import bentoml

from .serving.framework import FrontedService, explain_unusable_address
from .serving.image import IMAGE
from .serving.schemas import (
    Answer,
    Classification,
    ExplainedClassification,
    TextRequest,
    TextsRequest,
)
from .serving.store import LocalModel, read_model
from .serving.telemetry import turn_off_usage_reports

TAG_VARIABLE = "SPAM_CLASSIFIER_MODEL"
NEWEST = "spam_classifier:latest"
SLICE_TEXTS = 100
SLICE_CHARACTERS = 20_000
MILLION = 1e6


@bentoml.service(
    name="SpamClassifier",
    service_class=FrontedService,
    http={"host": "127.0.0.1", "port": 3000},
    metrics={"enabled": False, "namespace": "bentoml_service"},
    logging={"access": {"enabled": False}},
    traffic={"timeout": 30},
    image=IMAGE,
)
class SpamClassifier:
    """Tells spam from ham in text messages."""

    stored = LocalModel(os.environ.get(TAG_VARIABLE, NEWEST))

    def __init__(self) -> None:
        """Load the model, once in each worker process."""
        self.model = read_model(self.stored)
        # What is loaded now stays: the collector need not look at it again, which takes 0.2 s.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    @bentoml.on_deployment
    @staticmethod
    def check_model() -> None:
        """Make sure, before any worker process starts, that there is a model to serve.

        All worker processes, later ones too, serve the one that is the newest now.

        Raises:
            UnusableModelError: If it is missing or damaged; `bentoml serve` ends with its sentence.
        """
        turn_off_usage_reports()
        explain_unusable_address()
        entry = SpamClassifier.inner.stored.resolve()  # type: ignore[attr-defined]
        read_model(entry)
        os.environ[TAG_VARIABLE] = str(entry.tag)

    @bentoml.api(input_spec=TextRequest)
    async def predict(self, text: str) -> Answer:
        """Say whether a message is spam or ham."""
        return Answer(result=self._classify([text])[0].result)

    @bentoml.api(input_spec=TextsRequest)
    async def classify(self, texts: list[str]) -> list[Classification]:
        """Say for each message whether it is spam or ham, and how likely it is spam."""
        answers: list[Classification] = []
        for batch in _slice(texts):
            answers += self._classify(batch)
            await asyncio.sleep(0)  # other requests have their turn
        return answers

    @bentoml.api(input_spec=TextRequest)
    async def explain(self, text: str) -> ExplainedClassification:
        """Say which words of a message speak for spam and which for ham."""
        explanation = self.model.explain(text)
        (answer,) = self._judge([explanation.score])
        return ExplainedClassification(
            result=answer.result,
            spam_probability=answer.spam_probability,
            threshold=self.model.threshold,
            intercept=explanation.intercept,
            remainder=explanation.remainder,
            spans=explanation.spans,
        )

    def _classify(self, texts: list[str]) -> list[Classification]:
        return self._judge(self.model.score(texts))

    def _judge(self, scores: list[float]) -> list[Classification]:
        pairs = zip(self.model.labels(scores), self.model.probabilities(scores), strict=True)
        return [
            Classification(result=label, spam_probability=round(probability * MILLION) / MILLION)
            for label, probability in pairs
        ]


def _slice(texts: list[str]) -> Iterator[list[str]]:
    """Cut a long list into parts that take a few milliseconds each."""
    part: list[str] = []
    characters = 0
    for text in texts:
        part.append(text)
        characters += len(text)
        if len(part) >= SLICE_TEXTS or characters >= SLICE_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part
