"""Stage 3 of the reference: TF-IDF and a support-vector classifier, kept as three pickles."""

import pickle
from pathlib import Path

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import SVC

train = pd.read_csv("data/processed/train.csv")
vectorizer, encoder = TfidfVectorizer(), LabelEncoder()
classifier = SVC(C=1.0, kernel="rbf", degree=3)
classifier.fit(vectorizer.fit_transform(train["Message"]), encoder.fit_transform(train["Category"]))
Path("models").mkdir(exist_ok=True)
fitted = {"vectorizer": vectorizer, "encoder": encoder, "classifier": classifier}
for name, part in fitted.items():
    Path(f"models/{name}.pkl").write_bytes(pickle.dumps(part))
