"""Shares the messages between training and test, and finds those that are nearly the same."""
