"""Rows of other people's files."""

Rows = list[tuple[str, ...]]

ROWS: Rows = []
for number in range(30):
    ROWS += [("ham", f"see you at place {number + extra}") for extra in (0, 100, 200)]
    ROWS += [("spam", f"WIN prize {number} now")]
HEADER = ("Category", "Message")


def write_rows(*rows: tuple[str, ...], sep: str = ",") -> str:
    """Return the text of a table, cells as they stand."""
    return "\n".join(sep.join(row) for row in rows)


def number_labels(one: str, zero: str) -> Rows:
    """Return the rows with other labels for spam and ham."""
    return [({"spam": one, "ham": zero}[label], text) for label, text in ROWS]
