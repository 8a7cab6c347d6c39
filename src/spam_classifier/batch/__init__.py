"""Scoring of any number of messages, in parts that do not know of each other."""
