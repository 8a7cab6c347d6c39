"""Around a command and a run: checks, the lock, one line a node, the table, errors in sentences."""
