"""The model: plain data that turns a text into a probability, everywhere the same."""
