"""A ham/spam text-message classifier: Kedro trains it, DVC versions it, BentoML serves it."""
