"""Messages of any number → the trained model → predictions."""

from spam_classifier.pipelines.batch_scoring.pipeline import create_pipeline

__all__ = ["create_pipeline"]
