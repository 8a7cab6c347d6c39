"""The pipeline `packaging`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.packaging.model_card import write_card
from spam_classifier.pipelines.packaging.nodes import confirm_metrics, package_model


def create_pipeline() -> Pipeline:
    """Return the pipeline that describes the model, and puts a good one into the Bento store."""
    return Pipeline(
        [
            node(
                confirm_metrics,
                inputs={
                    "model": "spam_classifier",
                    "metrics": "test_metrics",
                    "predictions": "test_predictions",
                    "split_report": "split_report",
                    "training": "training_parameters",
                    "parameters": "parameters",
                },
                outputs="figures_of_one_run",
                name="confirm_metrics",
            ),
            node(
                write_card,
                inputs={
                    "model": "spam_classifier",
                    "predictions": "test_predictions",
                    "metrics": "figures_of_one_run",
                    "details": "test_evaluation_details",
                    "precision_recall": "test_precision_recall",
                    "calibration": "test_calibration",
                    "quality": "data_quality",
                    "split": "split_report",
                    "data_md5": "raw_messages_md5",
                    "parameters": "parameters",
                },
                outputs=["model_card", "model_card_page"],
                name="write_card",
            ),
            node(
                package_model,
                inputs={
                    "model": "spam_classifier",
                    "metrics": "figures_of_one_run",
                    "predictions": "test_predictions",
                    "parameters": "parameters",
                    "data_md5": "raw_messages_md5",
                    "stored_models": "stored_models",
                    "corrections": "held_out_corrections",
                    "quality_gate": "params:quality_gate",
                    "card": "model_card_page",
                },
                outputs="packaged_model",
                name="package_model",
            ),
        ],
        tags="packaging",
    )
