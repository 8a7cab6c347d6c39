"""Files of other people: each is read, or a sentence says what to type so that it is read."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import Result

from helpers import HEADER, ROWS, invoke_kedro, number_labels, read_outputs, refusal, write_rows

ENRON = [("", "label", "text", "label_num")]
ENRON += [
    (str(n), label, f'"Subject: hello\n{text},\nbye"', str(int(label == "spam")))
    for n, (label, text) in enumerate(ROWS)
]
SMS_SPAM_COLLECTION = [
    *(*ROWS[:50], ("ham", '"so it begins')),
    *(*ROWS[50:80], ("ham", 'they said "wait"'), ("spam", 'WIN" more'), *ROWS[80:]),
]
SPAM_CSV = [("v1", "v2", "", "", ""), *((*row, "", "", "") for row in ROWS[:-1])]
SPAM_CSV += [("ham", '"see you at the café"', " then", "", "")]


def clean(project: Path, params: str) -> Result:
    """Clean a raw file."""
    return invoke_kedro(project, "run", "--tags", "clean_data", "--params", params)


def find_params(sentence: str) -> str:
    """Return what a sentence says to type after `--params`."""
    (quoted,) = re.findall(r"`kedro run --params (.*)`", sentence)
    (params,) = shlex.split(quoted)
    return params


@pytest.mark.parametrize(("name", "content", "problem", "params", "kept"), [
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS).encode("utf-16"),
        "is not utf-8", "encoding=utf-16", 120, id="utf-16",
    ),
    pytest.param(
        "spam.csv", write_rows(*SPAM_CSV).encode("latin-1"),
        r"^spam\.csv is not utf-8 \(line 121 has the byte 0xe9\)\. Type `kedro run",
        "encoding=cp1252,label_column=v1,text_column=v2", 120, id="spam.csv",
    ),
    pytest.param(
        "SMSSpamCollection", write_rows(*SMS_SPAM_COLLECTION, sep="\t"),
        "has no header: its first line",
        "sep=tab,header=false,quotes=false,label_column=1,text_column=2", 123, id="the original",
    ),
    pytest.param(
        "m.tsv", write_rows(HEADER, *SMS_SPAM_COLLECTION, sep="\t"),
        "the row on line 52 encloses other rows", "quotes=false", 123, id="quotes in pairs",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS, ("ham", '"so')),
        "line 122 is never closed", "quotes=false", 121, id="open quote",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS, *(("smishing", f"log in {n}") for n in range(5))),
        r"ham \(90\), spam \(30\), smishing \(5\)", "label_aliases.smishing=spam", 125,
        id="a third label",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *number_labels("1.0", "0.0")), r"0 \(90\), 1 \(30\)",
        "label_aliases.1=spam,label_aliases.0=ham", 120, id="numbers with decimals",
    ),
    pytest.param(
        "m.csv", write_rows(("text", "spam"), *(row[::-1] for row in number_labels("1", "0"))),
        "no column Category and no column Message: its columns are text, spam",
        "label_column=spam,text_column=text,label_aliases.1=spam,label_aliases.0=ham", 120,
        id="a header that names a class",
    ),
    pytest.param(
        "m.csv", write_rows(("ham", "text"), *number_labels("0", "1")),
        "no column Category and no column Message: its columns are ham, text",
        "label_column=ham,text_column=text,label_aliases.0=spam,label_aliases.1=ham", 120,
        id="a header that names the other class",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *number_labels("spam", "not spam")),
        r"not spam \(90\), spam \(30\)", "label_aliases.not spam=ham", 120, id="not spam",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *number_labels("Spam", "Not-Spam")),
        r"not-spam \(90\), spam \(30\)", "label_aliases.not-spam=ham", 120, id="Not-Spam",
    ),
    pytest.param(
        "m.csv", write_rows(*ENRON), "no column Category and no column Message",
        "label_column=label,text_column=text", 120, id="line breaks, two columns of labels",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS).encode("utf-16-le"),
        "no column Category and no column Message", "encoding=utf-16-le", 120,
        id="utf-16 without byte-order mark",
    ),
    pytest.param(
        "m.csv", write_rows(("text", "Is it?"), *(row[::-1] for row in number_labels("Yes", "No"))),
        "no column Category",
        'label_column=Is it?,text_column=text,positive_label="yes",negative_label="no"', 120,
        id="other labels",
    ),
    pytest.param(
        "my file's.csv", write_rows(("a", "b"), *ROWS), "no column Category",
        "label_column=a,text_column=b", 120, id="a name with a space and a quote",
    ),
])  # fmt: skip
def test_what_the_sentence_says_to_type_reads_the_file(
    *, name: str, content: str | bytes, problem: str, params: str, kept: int, project: Path
) -> None:
    (project / name).write_bytes(content.encode() if isinstance(content, str) else content)
    sentence = refusal(clean(project, f"raw_file={name}"))
    assert re.search(problem, sentence)
    assert not re.search(r"place|prize|log in", sentence)
    assert not read_outputs(project)
    advised = find_params(sentence)
    assert sorted(advised.split(",")) == sorted([f"raw_file={name}", *params.split(",")])
    assert clean(project, advised).exit_code == 0
    quality = json.loads((project / "data/08_reporting/data_quality.json").read_text())
    assert quality["kept"] == kept


def test_the_command_keeps_what_was_typed(project: Path) -> None:
    (project / "m.csv").write_text(write_rows(HEADER, *number_labels("phish", "ham"), *ROWS))
    typed = "raw_file=m.csv,test_prop=0.2,label_aliases.smishing=spam,split.strategy=grouped"
    params = find_params(refusal(clean(project, typed))).split(",")
    assert sorted(params) == sorted([*typed.split(","), "label_aliases.phish=spam"])


def test_one_class_only_is_told_without_a_command(project: Path) -> None:
    (project / "m.csv").write_text(write_rows(HEADER, *(row for row in ROWS if row[0] == "ham")))
    sentence = refusal(clean(project, "raw_file=m.csv"))
    assert re.fullmatch(r"Not a single .* is spam \(90 usable rows\)[^`]*", sentence)


def test_an_environment_keeps_the_settings(project: Path) -> None:
    """`kedro run --env mine` and `bentoml serve` then answer with the classes of the data."""
    (project / "m.txt").write_text(write_rows(*number_labels("Alarm", "Note"), sep="|"))
    folder = project / "conf/mine"
    folder.mkdir()
    (folder / "globals.yml").write_text(
        "folder: data/mine\nraw_file: m.txt\nsep: pipe\nheader: false\n"
    )
    (folder / "parameters.yml").write_text(
        "label_column: 1\ntext_column: 2\npositive_label: Alarm\nnegative_label: Note\n"
    )
    result = invoke_kedro(project, "run", "--env", "mine")
    assert result.exit_code == 0, result.output
    reports = project / "data/mine/08_reporting"
    assert list(json.loads((reports / "test_metrics.json").read_text()))[:2] == ["Note", "Alarm"]
    plot = json.loads((reports / "test_confusion.json").read_text())
    assert plot["data"][0]["x"] == ["Note", "Alarm"]
    predictions = (project / "data/mine/07_model_output/test_predictions.csv").read_text()
    assert '"Alarm","WIN prize' in predictions
    assert "Alarm precision" in result.stdout
