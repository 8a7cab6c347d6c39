"""The pipeline `comparison`, which takes minutes and is not part of the default run."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.comparison.nodes import attack_model, compare_models, search_settings

LABELS = ["params:negative_label", "params:positive_label"]


def create_pipeline() -> Pipeline:
    """Return the pipeline that makes the tables of the README about the model."""
    return Pipeline(
        [
            node(
                search_settings,
                inputs=["spam_data", "params:model", *LABELS, "params:random_state"],
                outputs="model_search",
                name="search_settings",
            ),
            node(
                compare_models,
                inputs=[
                    "spam_data",
                    "params:model",
                    "params:decision",
                    *LABELS,
                    "params:random_state",
                ],
                outputs="model_comparison",
                name="compare_models",
            ),
            node(
                attack_model,
                inputs=[
                    "spam_classifier",
                    "train_messages",
                    "test_messages",
                    "params:random_state",
                ],
                outputs="attack_report",
                name="attack_model",
            ),
        ],
        tags="comparison",
    )
