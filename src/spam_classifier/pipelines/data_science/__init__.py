"""Training messages → model → predictions, metrics and plots."""

from spam_classifier.pipelines.data_science.pipeline import create_pipeline

__all__ = ["create_pipeline"]
