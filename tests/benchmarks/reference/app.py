"""The reference's HTTP API: FastAPI, three pickles, and a prediction that blocks the event loop."""

import pickle
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

vectorizer, encoder, classifier = (
    pickle.loads(Path(f"models/{name}.pkl").read_bytes())  # noqa: S301 - written by train.py
    for name in ("vectorizer", "encoder", "classifier")
)
app = FastAPI()


class Message(BaseModel):
    """A message."""

    text: str


@app.get("/readyz")
async def ready() -> None:
    """Say that the models are loaded."""


@app.post("/predict")
async def predict(message: Message) -> dict[str, str]:
    """Say whether a message is spam or ham."""
    predicted = classifier.predict(vectorizer.transform([message.text]))
    return {"result": str(encoder.inverse_transform(predicted)[0])}
