"""The pipeline `batch_scoring`, which is not part of the default run."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.batch_scoring.nodes import score_messages


def create_pipeline() -> Pipeline:
    """Return the pipeline that scores files of messages with the trained model."""
    return Pipeline(
        [
            node(
                score_messages,
                inputs={
                    "model": "spam_classifier",
                    "parts": "messages_to_score",
                    "text_column": "params:text_column",
                },
                outputs="batch_predictions",
                name="score_messages",
            )
        ],
        tags="batch_scoring",
    )
