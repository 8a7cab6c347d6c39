"""The pipelines that `kedro run --pipelines NAME` knows."""

from kedro.pipeline import Pipeline

from spam_classifier.pipelines import (
    batch_scoring,
    comparison,
    data_processing,
    data_science,
    monitoring,
    packaging,
)


def register_pipelines() -> dict[str, Pipeline]:
    """Return each pipeline by name; `__default__` is what plain `kedro run` runs."""
    pipelines = {
        "data_processing": data_processing.create_pipeline(),
        "data_science": data_science.create_pipeline(),
        "packaging": packaging.create_pipeline(),
    }
    default = sum(pipelines.values(), start=Pipeline([]))
    others = {
        "comparison": comparison.create_pipeline(),
        "batch_scoring": batch_scoring.create_pipeline(),
        "monitoring": monitoring.create_pipeline(),
    }
    return pipelines | others | {"__default__": default}
