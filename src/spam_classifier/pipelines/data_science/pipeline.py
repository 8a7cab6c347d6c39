"""The pipeline `data_science`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.data_science.nodes import (
    compute_curves,
    compute_details,
    compute_metrics,
    draw_plots,
    predict,
    train_model,
)

RESULTS = (
    "predictions",
    "metrics",
    "evaluation_details",
    "precision_recall",
    "calibration",
    "confusion_plot",
    "precision_recall_plot",
    "calibration_plot",
)


def create_pipeline() -> Pipeline:
    """Return the pipeline that trains the model and evaluates it on both sides of the split."""
    training = Pipeline(
        [
            node(
                train_model,
                inputs=[
                    "train_messages",
                    "train_clusters",
                    "params:model",
                    "params:decision",
                    "params:negative_label",
                    "params:positive_label",
                    "params:random_state",
                ],
                outputs="spam_classifier",
                name="train_model",
                tags="train",
            )
        ]
    )
    return training + create_evaluation("train") + create_evaluation("test")


def create_evaluation(side: str) -> Pipeline:
    """Return the pipeline that evaluates the model on one side of the split.

    Args:
        side: `train` or `test`.
    """
    evaluation = Pipeline(
        [
            node(
                predict,
                inputs=["spam_classifier", "messages"],
                outputs=["predictions", "scores"],
                name="predict",
            ),
            node(
                compute_metrics,
                inputs=["scores", "predictions"],
                outputs="metrics",
                name="compute_metrics",
            ),
            node(
                compute_curves,
                inputs=["scores", "predictions"],
                outputs=["precision_recall", "calibration"],
                name="compute_curves",
            ),
            node(
                compute_details,
                inputs=[
                    "scores",
                    "predictions",
                    "clusters",
                    "other_clusters",
                    "params:random_state",
                ],
                outputs="evaluation_details",
                name="compute_details",
            ),
            node(
                draw_plots,
                inputs=["scores", "predictions", "precision_recall", "calibration"],
                outputs=["confusion_plot", "precision_recall_plot", "calibration_plot"],
                name="draw_plots",
            ),
        ]
    )
    return Pipeline(
        evaluation,
        inputs={
            "messages": f"{side}_messages",
            "clusters": f"{side}_clusters",
            "other_clusters": f"{'test' if side == 'train' else 'train'}_clusters",
            "spam_classifier": "spam_classifier",
        },
        parameters={"params:random_state"},
        outputs={name: f"{side}_{name}" for name in RESULTS},
        namespace=f"evaluate_{side}",
        tags=f"evaluate_{side}",
    )
