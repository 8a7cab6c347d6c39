"""The pipeline `batch_scoring`, which is not part of the default run."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.batch_scoring.nodes import score_messages


def create_pipeline() -> Pipeline:
    """Return the pipeline that scores files of messages with the trained model."""
    inputs = ["messages_to_score", "scoring_model", "params:text_column"]
    score = node(score_messages, inputs, "batch_predictions", name="score_messages")
    return Pipeline([score], tags="batch_scoring")
