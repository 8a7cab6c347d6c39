"""`make figures`: writes the figures that take minutes into docs/model.md.

`kedro run --pipelines comparison` measured them. They are kept in docs/figures.json, so that a test
can tell whether the page still shows them.
"""

import json
from typing import Any

import pandas as pd

from helpers import PROJECT

PAGE, KEPT = PROJECT / "docs/model.md", PROJECT / "docs/figures.json"
REPORTS = PROJECT / "data/08_reporting"

Row = dict[Any, str]


def render(figures: dict[str, list[Row]]) -> dict[str, str]:
    """Return the Markdown table of each of the pipeline's tables."""
    rows = {(row["protocol"], row["model"]): row for row in figures["model_comparison"]}
    titles = ["protocol", "reference: weighted F1", "wrong", "this model: weighted F1", "wrong"]
    comparison = [
        [protocol, *_describe(rows[protocol, "reference"]), *_describe(rows[protocol, "default"])]
        for protocol in dict.fromkeys(protocol for protocol, _ in rows)
    ]
    attacks = [
        [row["attack"], f"{float(row['spam_caught']):.1%}", f"{float(row['ham_blocked']):.2%}"]
        for row in figures["attack_report"]
    ]
    return {
        "model_comparison": _tabulate(titles, *comparison),
        "attack_report": _tabulate(["attack", "spam caught", "ham blocked"], *attacks),
    }


def _describe(row: Row) -> tuple[str, str]:
    wrong = (float(row[name]) for name in ("false_positives", "false_negatives"))
    return f"{float(row['weighted_f1']):.4f}", " + ".join(f"{count:g}" for count in wrong)


def _tabulate(titles: list[str], *rows: list[str]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fill(page: str, tables: dict[str, str]) -> str:
    """Return the page with each table between its comments."""
    for name, table in tables.items():
        start, rest = page.split(f"<!-- {name} -->\n")
        page = f"{start}<!-- {name} -->\n{table}<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return page


def main() -> None:
    """Write the figures of the last run of the pipeline."""
    figures = {
        name: pd.read_csv(REPORTS / f"{name}.csv", dtype=str).to_dict("records")
        for name in ("model_comparison", "attack_report")
    }
    KEPT.write_text(json.dumps(figures, indent=1) + "\n")
    PAGE.write_text(fill(PAGE.read_text(), render(figures)))


if __name__ == "__main__":
    main()
