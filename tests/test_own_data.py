"""Files of other people: each trains, or the run ends in a sentence that makes it train."""

import gzip
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from helpers import copy_project, invoke_kedro, read_outputs, refusal
from own_files import HEADER, NUMBERS, ROWS, number_labels, write_rows


def write_json(**names: str) -> bytes:
    """Return JSON Lines with the rows, the label and the text under names of choice."""
    label, text = names["label"], names["text"]
    return "\n".join(json.dumps({label: row[0], text: row[1]}) for row in ROWS).encode()


LETTER = '"Please buy:\nham, eggs\nspam, if they have any\n1, the first point"'
ENRON = [("", "label", "text", "label_num")]
ENRON += [
    (str(n), label, f'"Subject: hello\n{text},\nbye"', str(int(label == "spam")))
    for n, (label, text) in enumerate(ROWS)
]
SMS_SPAM_COLLECTION = [
    *ROWS[:50],
    ("ham", '"so it begins'),
    *ROWS[50:80],
    ("ham", 'they said "wait"'),
    ("spam", 'WIN" more'),
    *ROWS[80:],
]
SPAM_CSV = [("v1", "v2", "", "", ""), *((*row, "", "", "") for row in ROWS[:-1])]
SPAM_CSV += [("ham", '"see you at the café"', " then", "", "")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project without a raw file of its own."""
    return copy_project(tmp_path_factory.mktemp("own_data"))


@pytest.fixture
def run(project: Path) -> Callable[[str], Result]:
    """Return a function that cleans data with `--params`; the outputs are deleted before."""
    for path in project.glob("data/0[2-8]*/*"):
        path.unlink()

    def run(params: str) -> Result:
        return invoke_kedro(project, "run", "--tags", "clean_data", "--params", params)

    return run


def read_quality(project: Path) -> dict[str, Any]:
    quality: dict[str, Any] = json.loads(
        (project / "data/08_reporting/data_quality.json").read_text()
    )
    return quality


def find_params(sentence: str) -> str:
    """Return what a sentence says to type after `--params`."""
    (command,) = re.findall(r"`kedro run (.*)`", sentence)
    option, params = shlex.split(command)
    assert option == "--params"
    return params


STRANGE = ["x" * 10**6, "x", "a\0b", '"a\rb\r\nc"', LETTER, "\u202e\u0634 😀"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.csv", "\ufeff" + write_rows((*HEADER, ""), *((*row, "") for row in ROWS))),
        ("m.csv", "sep=;\r\n" + write_rows(HEADER, *ROWS, sep=";").replace("\n", "\r\n")),
        ("m.csv", write_rows(HEADER, *ROWS[6:], *(("ham", text) for text in STRANGE))),
        ("m.jsonl", write_json(label="Category", text="Message").decode()),
    ],
    ids=["mark and empty column", "Excel's sep=", "strange texts", "JSON Lines"],
)
def test_a_file_of_any_shape_is_read(
    name: str, content: str, project: Path, run: Callable[[str], Result]
) -> None:
    (project / name).write_bytes(content.encode())
    assert run(f"raw_file={name}").exit_code == 0
    assert read_quality(project)["kept"] == 120


MISFITS = [
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS, ("ham", "for £5 at the café")).encode("cp1252"),
        r"is not utf-8 \(line 122 has the byte 0xa3\)", "encoding=cp1252", 121, id="cp1252",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS).encode("utf-16"),
        "is not utf-8", "encoding=utf-16", 120, id="utf-16",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS).replace("see", "увидимся").encode("cp1251"),
        "is not utf-8", "encoding=cp1251", 120, id="cp1251",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS, sep="\t"),
        "no column Category", "sep=tab", 120, id="tabs",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER, *ROWS, sep=";"),
        "no column Category", "sep=semicolon", 120, id="semicolons",
    ),
    pytest.param(
        "spam.csv", write_rows(*SPAM_CSV).encode("latin-1"),
        "is not utf-8", "encoding=cp1252,label_column=v1,text_column=v2", 120, id="spam.csv",
    ),
    pytest.param(
        "m.csv", write_rows(*ROWS), "has no header: its first line",
        "header=false,label_column=1,text_column=2", 120, id="no header",
    ),
    pytest.param(
        "m.csv", write_rows(HEADER[::-1], *ROWS), "Not a single usable row",
        "label_column=Message,text_column=Category", 120, id="swapped columns",
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
        "m.csv", write_rows(("text", "spam"), *(row[::-1] for row in NUMBERS)),
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
        "m.jsonl", write_json(label="y", text="x"), "no column Category and no column Message",
        "label_column=y,text_column=x", 120, id="other names in JSON Lines",
    ),
    pytest.param(
        "my file's.csv", write_rows(("a", "b"), *ROWS), "no column Category",
        "label_column=a,text_column=b", 120, id="a name with a space and a quote",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "problem", "params", "kept"), MISFITS)
def test_what_the_sentence_says_to_type_reads_the_file(
    *,
    name: str,
    content: str | bytes,
    problem: str,
    params: str,
    kept: int,
    project: Path,
    run: Callable[[str], Result],
) -> None:
    (project / name).write_bytes(content.encode() if isinstance(content, str) else content)
    sentence = refusal(run(f"raw_file={name}"))
    assert re.search(problem, sentence)
    assert not re.search(r"place|prize|log in", sentence)
    assert not read_outputs(project)
    advised = find_params(sentence)
    assert sorted(advised.split(",")) == sorted([f"raw_file={name}", *params.split(",")])
    assert run(advised).exit_code == 0
    assert read_quality(project)["kept"] == kept


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(range(256)), "a ZIP archive or an Excel workbook"),
        (gzip.compress(b"Category,Message\nham,a\n"), r"compressed by gzip: .* end in \.gz"),
        (b"PAR1" + bytes(range(256)), r"Parquet: let its name end in \.parquet"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a pointer of Git LFS: type"),
        (b"outs:\n- md5: 0\n  path: m.csv\n", "a pointer of DVC: type `dvc pull`"),
        (b"%PDF-1.7\n" + bytes(range(256)), "a PDF"),
        (b"<!DOCTYPE html>\n<p>ham</p>\n", "a page"),
        (b'[{"Category": "ham", "Message": "a"}]', "a JSON array"),
    ],
    ids=["workbook", "gzip", "Parquet", "Git LFS", "DVC", "PDF", "HTML", "JSON"],
)
def test_a_file_of_another_kind_is_named(
    content: bytes, kind: str, project: Path, run: Callable[[str], Result]
) -> None:
    (project / "m.csv").write_bytes(content)
    assert re.match(rf"m\.csv is {kind}", refusal(run("raw_file=m.csv")))


def test_a_folder_is_refused(project: Path, run: Callable[[str], Result]) -> None:
    (project / "more").mkdir()
    assert refusal(run("raw_file=more/")) == "more is a folder: raw_file must name a file."


def test_the_command_keeps_what_was_typed(project: Path, run: Callable[[str], Result]) -> None:
    (project / "m.csv").write_text(write_rows(HEADER, *number_labels("phish", "ham"), *ROWS))
    typed = "raw_file=m.csv,test_prop=0.2,label_aliases.smishing=spam,split.strategy=grouped"
    params = find_params(refusal(run(typed)))
    assert params.split(",") == [
        "raw_file=m.csv",
        "test_prop=0.2",
        "label_aliases.smishing=spam",
        "label_aliases.phish=spam",
        "split.strategy=grouped",
    ]
    assert run(params).exit_code == 0


def test_one_class_only_is_told_without_a_command(
    project: Path, run: Callable[[str], Result]
) -> None:
    (project / "m.csv").write_text(write_rows(HEADER, *(row for row in ROWS if row[0] == "ham")))
    sentence = refusal(run("raw_file=m.csv"))
    assert sentence.startswith("Not a single usable row of the raw file is spam (90 usable rows)")
    assert "`" not in sentence


def test_a_lone_surrogate_is_a_rejected_row(project: Path, run: Callable[[str], Result]) -> None:
    half = b'\n{"Category": "ham", "Message": "half \\ud83d"}'
    (project / "m.jsonl").write_bytes(write_json(label="Category", text="Message") + half)
    assert run("raw_file=m.jsonl").exit_code == 0
    assert read_quality(project)["rejected"] == {"lone surrogate": 1}
    rejected = project / "data/02_intermediate/rejected_messages.csv"
    assert rejected.read_text().endswith('"121","lone surrogate","ham","half \\ud83d"\n')


def test_an_environment_keeps_the_settings(tmp_path: Path) -> None:
    """`kedro run --env mine` and `bentoml serve` then answer with the classes of the data."""
    project = copy_project(tmp_path)
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
    metrics = json.loads((project / "data/mine/08_reporting/test_metrics.json").read_text())
    assert list(metrics)[:3] == ["Note", "Alarm", "accuracy"]
    assert {"ham_blocked", "spam_caught"} <= set(metrics)
    plot = json.loads((project / "data/mine/08_reporting/test_confusion.json").read_text())
    assert plot["data"][0]["x"] == ["Note", "Alarm"]
    predictions = (project / "data/mine/07_model_output/test_predictions.csv").read_text()
    assert '"prediction","spam_probability"' in predictions
    assert '"Alarm","WIN prize' in predictions
    assert "Alarm precision" in result.stdout


def test_a_backslash_before_a_quotation_mark_is_for_the_export(
    project: Path, run: Callable[[str], Result]
) -> None:
    """MySQL writes so; nothing that could be typed reads such a file."""
    rows = [*ROWS, ("ham", r'"she said \"hi\", then left"')]
    (project / "m.csv").write_text(write_rows(HEADER, *rows))
    assert refusal(run("raw_file=m.csv")) == (
        r"m.csv cannot be read: line 122 has \" within quotation marks, as MySQL writes it; "
        'export the table with doubled quotation marks ("").'
    )
