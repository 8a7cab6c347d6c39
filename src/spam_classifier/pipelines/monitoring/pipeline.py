"""The pipeline `monitoring`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.monitoring.nodes import draw_drift, report_drift, write_page


def create_pipeline() -> Pipeline:
    """Return the pipeline that tells whether the model still fits what it is asked."""
    plots = ["monitoring_probability_plot", "monitoring_days_plot"]
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
            node(draw_drift, "monitoring_report", plots, name="draw_drift"),
            node(write_page, "monitoring_report", "monitoring_page", name="write_page"),
        ],
        tags="monitoring",
    )
