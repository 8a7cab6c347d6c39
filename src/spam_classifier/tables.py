"""How tables of messages, and the raw files that they come from, are laid out."""

CATEGORY = "Category"
MESSAGE = "Message"
SOURCE = "source"  # column that is there when messages come from several files
RAW_SOURCE = "raw file"  # its name for the first of them
FAULT = "(fault)"  # column of raw rows: why one cannot be used as it stands
FILE = "(file)"  # column of raw rows from a folder: the file's name
CLUSTER = "(cluster)"  # column while rows are split: equal numbers are near-duplicates
IN_TRAINING = "(in training)"  # column while rows are split
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

# What may be a label, or the name of a column; anything else may be somebody's message.
COMMON_LABEL_SHARE = 0.01  # of the rows at least
MOST_LABELS = 20
LONGEST_LABEL = 30
MOST_WORDS = 3
