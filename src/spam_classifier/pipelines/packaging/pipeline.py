"""The pipeline `packaging`."""

from kedro.pipeline import Pipeline, node

from spam_classifier.pipelines.packaging.nodes import package_model


def create_pipeline() -> Pipeline:
    """Return the pipeline that puts a good model into the Bento model store."""
    return Pipeline(
        [
            node(
                package_model,
                inputs={
                    "model": "spam_classifier",
                    "metrics": "test_metrics",
                    "parameters": "parameters",
                    "data_md5": "raw_messages_md5",
                    "stored_models": "stored_models",
                    "quality_gate": "params:quality_gate",
                },
                outputs="packaged_model",
                name="package_model",
                tags="packaging",
            )
        ]
    )
