"""Raw CSV → clean messages → training and test messages."""

from spam_classifier.pipelines.data_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
