"""Fits the model: in memory with scikit-learn, or beyond memory with Dask."""
