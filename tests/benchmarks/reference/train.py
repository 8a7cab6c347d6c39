"""Stage 3 of the reference: TF-IDF and a support-vector classifier, kept as three pickles."""

import pickle
from pathlib import Path

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import SVC

TRAIN = Path("data/processed/train.csv")
MODELS = Path("models")


def save(name: str, fitted: object) -> None:
    """Write one fitted object to its pickle."""
    MODELS.mkdir(exist_ok=True)
    (MODELS / f"{name}.pkl").write_bytes(pickle.dumps(fitted))


def main() -> None:
    """Fit on the training messages."""
    train = pd.read_csv(TRAIN)
    vectorizer = TfidfVectorizer()
    encoder = LabelEncoder()
    classifier = SVC(C=1.0, kernel="rbf", degree=3)
    classifier.fit(
        vectorizer.fit_transform(train["Message"]), encoder.fit_transform(train["Category"])
    )
    save("vectorizer", vectorizer)
    save("encoder", encoder)
    save("classifier", classifier)


if __name__ == "__main__":
    main()
