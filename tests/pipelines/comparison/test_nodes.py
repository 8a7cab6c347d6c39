"""The tables about the model, made on a small part of the corpus."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from helpers import PROJECT
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.comparison import nodes

SETTINGS = yaml.safe_load((PROJECT / "conf/base/parameters.yml").read_text())
MODEL = ModelParameters.model_validate(SETTINGS["model"])
DECISION = DecisionParameters.model_validate(SETTINGS["decision"])


@pytest.fixture(scope="module")
def messages(finished_run: Path) -> pd.DataFrame:
    """Return every sixth message of the corpus."""
    table = finished_run / "data/03_primary/spam_data.csv"
    return pd.read_csv(table, dtype=str, keep_default_na=False)[::6].reset_index(drop=True)


@pytest.mark.slow
def test_the_default_leads_in_every_protocol(
    messages: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "REPEATS", 1)
    monkeypatch.setattr(nodes, "TEST_PROPS", (0.4,))
    table = nodes.compare_models(messages, MODEL, DECISION, "ham", "spam", 0)
    assert table["model"].to_list() == ["reference", "default"] * 3
    scores = table.pivot_table(index="protocol", columns="model", values="matthews_corrcoef")
    assert (scores["default"] > scores["reference"]).all()


@pytest.mark.slow
def test_the_search_looks_at_the_first_half_only(
    messages: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "REPEATS", 1)
    monkeypatch.setattr(nodes, "VARIANTS", [{}, {"naive_bayes_weight": 0.0}])
    table = nodes.search_settings(messages, MODEL, "ham", "spam", 0)
    other_half = messages.assign(Message=["x" * row for row in range(len(messages))])
    other_half.loc[: len(messages) // 2 - 1, "Message"] = messages["Message"]
    pd.testing.assert_frame_equal(table, nodes.search_settings(other_half, MODEL, "ham", "spam", 0))
    assert table["setting"].to_list() == ["as set", "naive_bayes_weight=0.0"]


def test_the_attacks_are_measured_beside_the_clean_messages(finished_run: Path) -> None:
    data = finished_run / "data"
    model = LinearTextModel.from_json((data / "06_models/spam_classifier.json").read_bytes())
    train, test = (
        pd.read_csv(data / f"05_model_input/{side}_messages.csv", dtype=str, keep_default_na=False)
        for side in ("train", "test")
    )
    table = nodes.attack_model(model, train, test[::10], 0)
    assert table["attack"].iloc[0] == "none"
    assert table["spam_caught"].between(0.5, 1).all()
