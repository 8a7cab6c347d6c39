"""The pipeline `data_processing`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.data_processing.nodes import clean_messages, split_messages


def create_pipeline() -> Pipeline:
    """Return the pipeline that turns the raw CSV into training and test messages."""
    return Pipeline(
        [
            node(
                clean_messages,
                inputs={
                    "raw": "raw_messages",
                    "extra": "extra_messages",
                    "text_column": "params:text_column",
                    "label_column": "params:label_column",
                    "negative_label": "params:negative_label",
                    "positive_label": "params:positive_label",
                    "label_aliases": "params:label_aliases",
                },
                outputs=["spam_data", "rejected_messages", "data_quality"],
                name="clean_messages",
                tags="clean_data",
            ),
            node(
                split_messages,
                inputs=["spam_data", "params:test_prop", "params:random_state", "params:split"],
                outputs=[
                    "train_messages",
                    "test_messages",
                    "split_report",
                    "train_clusters",
                    "test_clusters",
                    "held_out_corrections",
                ],
                name="split_messages",
                tags="train_test_split",
            ),
        ]
    )
