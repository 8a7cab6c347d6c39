"""The reference's HTTP API: FastAPI, three pickles, and a prediction that blocks the event loop."""

import pickle
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

MODELS = Path("models")


def load(name: str) -> Any:
    """Read one fitted object from its pickle."""
    return pickle.loads((MODELS / f"{name}.pkl").read_bytes())  # noqa: S301 - written by train.py


class Message(BaseModel):
    """A message."""

    text: str


app = FastAPI()
vectorizer, encoder, classifier = load("vectorizer"), load("encoder"), load("classifier")


@app.get("/readyz")
async def ready() -> None:
    """Say that the models are loaded."""


@app.post("/predict")
async def predict(message: Message) -> dict[str, str]:
    """Say whether a message is spam or ham."""
    predicted = classifier.predict(vectorizer.transform([message.text]))
    return {"result": str(encoder.inverse_transform(predicted)[0])}
