"""The pipeline `packaging`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.packaging.consistency import confirm_metrics
from spam_classifier.pipelines.packaging.nodes import (
    describe_model,
    package_model,
    render_card,
)


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
                    "split": "params:split",
                },
                outputs="figures_of_one_run",
                name="confirm_metrics",
                tags="packaging",
            ),
            node(
                describe_model,
                inputs={
                    "model": "spam_classifier",
                    "predictions": "test_predictions",
                    "metrics": "figures_of_one_run",
                    "details": "test_evaluation_details",
                    "calibration": "test_calibration",
                    "quality": "data_quality",
                    "split": "split_report",
                    "data_md5": "raw_messages_md5",
                    "parameters": "parameters",
                },
                outputs="model_card",
                name="describe_model",
                tags="packaging",
            ),
            node(
                render_card,
                inputs=[
                    "model_card",
                    "test_precision_recall",
                    "test_calibration",
                    "params:positive_label",
                ],
                outputs="model_card_page",
                name="render_card",
                tags="packaging",
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
                    "quality_gate": "params:quality_gate",
                    "card": "model_card_page",
                },
                outputs="packaged_model",
                name="package_model",
                tags="packaging",
            ),
        ]
    )
