"""What the drift report says of fabricated answers, and when it advises what."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import make_block, make_model
from spam_classifier.datasets.bento_model_dataset import find_version
from spam_classifier.parameters import MonitoringParameters
from spam_classifier.pipelines.monitoring import nodes

MODEL = make_model(blocks=[make_block("word", {"win": 3.0}, (1, 1))])
TAG = f"spam_classifier:{find_version(MODEL.to_json().encode())}"
TEST = pd.DataFrame(
    {
        "Category": ["ham"] * 800 + ["spam"] * 200,
        "Message": ["win win"] * 1000,
        "spam_probability": [0.05] * 800 + [0.95] * 200,
    }
)
LIKE_TEST = {("ham", 0): 800, ("spam", 9): 200}
LIMITS = MonitoringParameters(
    days=30, least_answers=50, least_corrections=3, max_wrong_share=0.003, max_psi=0.25
)


def make_answers(
    counts: dict[tuple[str, int], int], day: str = "2026-03-31", tag: str = TAG
) -> pd.DataFrame:
    """Return counts of answers by class and tenth of the probability."""
    rows = [(day, tag, *alike, 3, 9, number) for alike, number in counts.items()]
    columns = ["day", "model", "result", "probability", "length", "known", "number"]
    return pd.DataFrame(rows, columns=columns)


def make_corrections(*results: tuple[str, str], day: str = "2026-03-31") -> pd.DataFrame:
    """Return corrections from pairs of what the model said and what is right."""
    table = pd.DataFrame(results, columns=["result", "label"])
    texts = [f"{day} {number}" for number in table.index]
    return table.assign(text=texts, model=TAG, day=day)


def report(
    answers: pd.DataFrame, corrections: pd.DataFrame | None = None, test: pd.DataFrame = TEST
) -> dict[str, Any]:
    """Report the drift of answers; without corrections there are none."""
    found = nodes.report_drift(
        answers=answers,
        corrections=make_corrections() if corrections is None else corrections,
        model=MODEL,
        test=test,
        monitoring=LIMITS,
    )
    assert json.loads(json.dumps(found)) == found
    return found


def test_answers_like_those_of_the_test_need_nothing() -> None:
    found = report(make_answers(LIKE_TEST))
    assert found["advice"] == "nothing to do"
    assert (found["answers"], found["spam_share_of_test"]) == (1000, 0.2)
    low, high = (found["spam"].pop(end) for end in ("low", "high"))
    assert found["spam"] == {"number": 200, "of": 1000, "share": 0.2}
    assert low < 0.2 < high
    assert all(figures["psi"] < 0.1 for figures in found["distributions"].values())


def test_few_answers_or_test_messages_are_too_little_to_tell() -> None:
    few, none = report(make_answers({("spam", 9): 49})), report(make_answers({}))
    small = report(make_answers(LIKE_TEST), test=TEST[:49])
    assert {each["advice"] for each in (few, none, small)} == {"too little to tell"}
    assert none["reason"].startswith(f"{TAG} gave 0 answers")
    assert small["reason"].startswith("there are 49 test messages to compare 1000 answers with")


def test_other_probabilities_ask_to_retrain() -> None:
    found = report(make_answers({("ham", 0): 500, ("ham", 4): 500}))
    assert found["advice"] == "retrain"
    assert "monitoring.max_psi is 0.25" in found["reason"]


def test_wrong_answers_ask_to_retrain_and_confirmed_ones_do_not() -> None:
    told = [("ham", "spam"), ("ham", "spam"), ("spam", "spam"), ("spam", "ham")]
    found = report(make_answers(LIKE_TEST), make_corrections(*told))
    assert found["advice"] == "retrain"
    assert (found["corrections"]["told"], found["corrections"]["wrong"]) == (4, 3)
    precision, recall = found["corrections"]["precision"], found["corrections"]["recall"]
    assert (precision["number"], precision["of"], precision["share"]) == (1, 2, 0.5)
    assert (recall["number"], recall["of"]) == (1, 3)
    confirmed = make_corrections(*[("spam", "spam")] * 10)
    assert report(make_answers(LIKE_TEST), confirmed)["advice"] == "nothing to do"


def test_few_corrections_of_very_many_answers_do_not_ask_to_retrain() -> None:
    many = make_answers({alike: 2 * number for alike, number in LIKE_TEST.items()})
    assert report(many, make_corrections(*[("ham", "spam")] * 5))["advice"] == "nothing to do"
    assert report(many, make_corrections(*[("ham", "spam")] * 6))["advice"] == "retrain"


def test_a_text_that_was_corrected_both_ways_counts_once() -> None:
    told = make_corrections(("ham", "spam"), ("ham", "ham")).assign(text="the same")
    found = report(make_answers(LIKE_TEST), told)["corrections"]
    assert (found["told"], found["wrong"]) == (1, 0)


def test_only_the_window_and_the_model_count() -> None:
    """The window ends at the newest answer; an answer and corrections are a day too old."""
    too_early = make_answers({("spam", 9): 1000}, day="2026-03-01")
    others = make_answers({("spam", 9): 7}, tag="spam_classifier:other")
    answers = pd.concat([make_answers(LIKE_TEST), too_early, others])
    of_others = make_corrections(("ham", "spam")).assign(model="spam_classifier:other")
    old = make_corrections(*[("ham", "spam")] * 3, day="2026-03-01")
    found = report(answers, pd.concat([old, of_others]))
    assert (found["first_day"], found["answers"]) == ("2026-03-02", 1000)
    assert found["answers_of_other_models"] == {"spam_classifier:other": 7}
    assert found["corrections"]["told"] == 0
    assert found["days"] == [{"day": "2026-03-31", "answers": 1000, "spam": 200}]


def test_the_window_ends_at_the_newest_correction_where_answers_are_older() -> None:
    found = report(make_answers(LIKE_TEST, day="2026-03-05"), make_corrections(("ham", "spam")))
    assert (found["first_day"], found["last_day"]) == ("2026-03-02", "2026-03-31")
    assert found["corrections"]["told"] == 1


COUNTS = st.lists(st.integers(0, 1000), min_size=5, max_size=5)


@given(COUNTS, COUNTS)
def test_the_stability_index_is_a_symmetric_distance(one: list[int], other: list[int]) -> None:
    assert nodes.measure_shift(one, one) == 0
    assert nodes.measure_shift([*one, 0], [*other, 0]) == nodes.measure_shift(one, other)
    assert nodes.measure_shift(one, other) >= 0
    assert nodes.measure_shift(one, other) == pytest.approx(nodes.measure_shift(other, one))


def test_the_stability_index_is_siddiqis() -> None:
    """(0.75 - 0.25) * ln 3, twice, but for the smoothing."""
    shift = nodes.measure_shift([25_000, 75_000], [75_000, 25_000])
    assert shift == pytest.approx(1.0986, abs=1e-4)


def test_plots_and_page_show_the_report() -> None:
    found = report(make_answers(LIKE_TEST))
    page, bars, line = nodes.show_drift(found)
    assert bars["data"][1]["y"] == [0.8, *[0] * 8, 0.2]
    assert line["data"][0]["y"] == [0.2]
    assert f"<strong>Nothing to do:</strong> {found['reason']}" in page
    assert "2026-03-31" in page
