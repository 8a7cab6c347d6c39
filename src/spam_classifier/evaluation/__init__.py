"""Measures a model: metrics, how far they can be trusted, and their plots."""
