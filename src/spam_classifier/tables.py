"""How tables of messages, and the raw files that they come from, are laid out."""

from collections.abc import Iterable
from textwrap import shorten

CATEGORY = "Category"
MESSAGE = "Message"
SOURCE = "source"  # column that is there when messages come from several files
RAW_SOURCE = "raw file"  # its name for the first of them
FAULT = "(fault)"  # column of raw rows: why one cannot be used as it stands
FILE = "(file)"  # column of raw rows from a folder: the file's name
CLUSTER = "(cluster)"  # column while rows are split: equal numbers are near-duplicates
IN_TRAINING = "(in training)"  # column while rows are split
EXTRA_REMEDY = "Mend it, or take it out of the folder of extra files."
PREDICTION, SPAM_PROBABILITY = "prediction", "spam_probability"  # columns of the model's answers
DECIMALS = 6  # of every probability and metric that is written
EMPTY_MESSAGE = "empty message"  # reasons for which a row cannot be used
LONE_SURROGATE = "lone surrogate"
RAW_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")  # .gz may follow
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

# What may be a label, or the name of a column; anything else may be somebody's message.
COMMON_LABEL_SHARE = 0.01  # of the rows at least
MOST_LABELS = 20
LONGEST_LABEL = 30
MOST_WORDS = 3
LONGEST_LISTING = 100


def list_names(names: Iterable[str]) -> str:
    """List the names of columns for a sentence, without what may be somebody's message.

    Args:
        names: The names; in a file without a header they are its first message.
    """
    return shorten(", ".join(map(shorten_name, names)), LONGEST_LISTING, placeholder=" …")


def shorten_name(name: str) -> str:
    """Return the name of a column, unless it may be somebody's message."""
    return name if len(name) <= LONGEST_LABEL and len(name.split()) <= MOST_WORDS else "(a text)"
