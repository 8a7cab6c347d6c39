"""How the default model was chosen, how it compares with the reference, what attacks do to it."""

from spam_classifier.pipelines.comparison.pipeline import create_pipeline

__all__ = ["create_pipeline"]
