"""The pipeline `monitoring`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.monitoring.nodes import report_drift, show_drift


def create_pipeline() -> Pipeline:
    """Return the pipeline that tells whether the model still fits what it is asked."""
    shown = ["monitoring_page", "monitoring_probability_plot", "monitoring_days_plot"]
    return Pipeline(
        [
            node(
                report_drift,
                inputs={
                    "answers": "counted_answers",
                    "corrections": "corrections",
                    "model": "scoring_model",
                    "test": "test_predictions",
                    "monitoring": "params:monitoring",
                },
                outputs="monitoring_report",
                name="report_drift",
            ),
            node(show_drift, "monitoring_report", shown, name="show_drift"),
        ],
        tags="monitoring",
    )
