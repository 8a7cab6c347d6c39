"""What the service keeps → drift report → advice."""

from spam_classifier.pipelines.monitoring.pipeline import create_pipeline

__all__ = ["create_pipeline"]
