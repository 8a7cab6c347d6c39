"""Groups of commands that `cli.py` adds to `kedro`. Slow libraries are imported where needed."""
