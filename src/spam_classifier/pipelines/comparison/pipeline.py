"""The pipeline `comparison`, which takes minutes and is not part of the default run."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.comparison.nodes import attack_model, compare_models, search_settings


def create_pipeline() -> Pipeline:
    """Return the pipeline that makes the tables of the docs about the model."""
    labels_and_seed = ["params:negative_label", "params:positive_label", "params:random_state"]
    nodes = [
        node(
            search_settings,
            ["spam_data", "params:model", *labels_and_seed],
            "model_search",
            name="search_settings",
        ),
        node(
            compare_models,
            ["spam_data", "params:model", "params:decision", *labels_and_seed],
            "model_comparison",
            name="compare_models",
        ),
        node(
            attack_model,
            ["spam_classifier", "train_messages", "test_messages", "params:random_state"],
            "attack_report",
            name="attack_model",
        ),
    ]
    return Pipeline(nodes, tags="comparison")
