"""Evaluated model → quality gate → Bento model store."""

from spam_classifier.pipelines.packaging.pipeline import create_pipeline

__all__ = ["create_pipeline"]
