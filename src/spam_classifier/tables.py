"""How tables of messages are laid out: their columns, and what separates cells of a raw file."""

CATEGORY = "Category"
MESSAGE = "Message"
FAULT = "(fault)"  # column of raw rows: why one cannot be used as it stands
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
