"""The tables about the model, made on a small part of the corpus."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import make_model_parameters
from spam_classifier.parameters import DecisionParameters
from spam_classifier.pipelines.comparison import nodes

MODEL = make_model_parameters()
DECISION = DecisionParameters(strategy="max_ham_blocked", max_ham_blocked=0.002)


@pytest.fixture
def messages(finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(nodes, "REPEATS", 1)
    table = finished_run / "data/03_primary/spam_data.csv"
    return pd.read_csv(table, dtype=str, keep_default_na=False)[::8].reset_index(drop=True)


@pytest.mark.slow
def test_the_default_leads_in_every_protocol(
    messages: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "TEST_PROPS", (0.4,))
    monkeypatch.setattr(nodes, "FOLDS", 2)
    table = nodes.compare_models(messages, MODEL, DECISION, "ham", "spam", 0)
    assert table["model"].to_list() == ["reference", "default"] * 3
    scores = table.pivot_table(index="protocol", columns="model", values="matthews_corrcoef")
    assert (scores["default"] > scores["reference"]).all()


@pytest.mark.slow
def test_the_search_looks_at_the_first_half_only(
    messages: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "VARIANTS", [{}, {"naive_bayes_weight": 0.0}])
    messages.loc[len(messages) // 2 :] = None
    table = nodes.search_settings(messages, MODEL, "ham", "spam", 0)
    assert table["setting"].to_list() == ["as set", "naive_bayes_weight=0.0"]
