"""The pipeline `data_science`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.data_science.nodes import (
    compute_curves,
    compute_details,
    compute_metrics,
    predict,
    train_model,
)
from spam_classifier.pipelines.data_science.plots import draw_plots


def create_pipeline() -> Pipeline:
    """Return the pipeline that trains the model and evaluates it on both sides of the split."""
    labels_and_seed = ["params:negative_label", "params:positive_label", "params:random_state"]
    training = node(
        train_model,
        ["train_messages", "train_clusters", "params:model", "params:decision", *labels_and_seed],
        ["spam_classifier", "training_parameters"],
        name="train_model",
        tags="train",
    )
    return (
        Pipeline([training])
        + create_evaluation("train", other_side="test")
        + create_evaluation("test", other_side="train")
    )


def create_evaluation(side: str, other_side: str) -> Pipeline:
    """Return the pipeline that evaluates the model on one side of the split.

    Args:
        side: `train` or `test`.
        other_side: The other one.
    """
    scores, predictions = answers = [f"{side}_scores", f"{side}_predictions"]
    curves = [f"{side}_precision_recall", f"{side}_calibration"]
    plots = [f"{side}_confusion_plot", *(f"{curve}_plot" for curve in curves)]
    clusters = [f"{side}_clusters", f"{other_side}_clusters"]
    nodes = [
        node(
            predict,
            ["spam_classifier", f"{side}_messages"],
            [predictions, scores],
            name="predict",
        ),
        node(compute_metrics, answers, f"{side}_metrics", name="compute_metrics"),
        node(
            compute_details,
            [*answers, *clusters, "params:random_state"],
            f"{side}_evaluation_details",
            name="compute_details",
        ),
        node(compute_curves, answers, curves, name="compute_curves"),
        node(draw_plots, [*answers, *curves], plots, name="draw_plots"),
    ]
    return Pipeline(
        nodes,
        namespace=f"evaluate_{side}",
        prefix_datasets_with_namespace=False,
        tags=f"evaluate_{side}",
    )
