"""The page at /app, in a real browser, on a real server: stories of its users."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from helpers import fabricate_csv, run_command
from page import ENTER, GERMAN, HAM, LEFT, RIGHT, SPAM, Page
from servers import Server, serve, train

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
FAINT = Path(__file__).with_name("faint.js").read_text(encoding="utf-8")
FOCUS = "return document.activeElement.id"
MESSAGE = "document.getElementById('message').value"
# The first mark of a message lies within the box that shows the message.
IN_SIGHT = """(() => {
  const [box, mark] = [".marked", ".marked mark.positive"].map((selector) =>
    document.querySelector(selector).getBoundingClientRect());
  return box.top < mark.top && mark.bottom < box.bottom;
})()"""
PRIZE = "You've WON a PRIZE, text back to find out what"  # also the first example
TRICKY = 'it\'s "free" \\ $HOME `x` 😀\nCall 0900'


def in_percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def test_a_message_gets_its_verdict_and_its_reasons(page: Page) -> None:
    """Typed, with the bars and the words of the text showing each other; then an example."""
    page.type("#message", SPAM)
    page.wait_for_verdict(SPAM)
    assert page.read("result").lower() == "spam"
    assert "% likely to be spam" in page.read("likelihood")
    assert page.read_all("#spoken[role=status]")[0].startswith("spam: ")

    page.type("#why .word", ENTER)
    assert page.read_all("#why mark.current") == page.read_all("#why .word")[:1]
    page.run("document.querySelectorAll('#why mark')[1].click()")
    assert page.run("return document.activeElement.textContent") == "prize!"
    assert page.read_all("#why mark.current") == ["prize!"]

    page.check(f"{HAM} " * 200 + SPAM)
    page.wait_for(IN_SIGHT)
    assert not page.run("return document.querySelector('.cut').hidden")

    page.fill("message", " ")
    page.wait_until_shown("nothing-yet")
    assert not page.shows("headline")
    page.click(".example")
    page.wait_for_verdict(PRIZE)


def test_any_text_is_shown_as_it_is_and_its_bars_add_up(page: Page) -> None:
    """To the last digit, with the most important words and with all."""
    for text in (
        PRIZE,  # the threshold is below its sum, which is below nought
        f"{HAM}. {SPAM}! {HAM}",
        ".",
        f"😀🎉 {SPAM} <b>win</b> <img src=x onerror=alert(1)> <script>alert(1)</script> مرحبا",
        "free £1 " * 1250,
    ):
        page.check(text)
        assert page.read_all("#why-one :is(b, img, script)") == []
        assert all(mark in text for mark in page.read_all("#why mark"))
        for step in ("", "document.querySelector('.more-words:not([hidden])')?.click()"):
            page.run(step)
            cells = [cell.replace("−", "-") for cell in page.read_all("#why .sum td.number")]
            *parts, total, threshold = (round(100 * float(cell)) for cell in cells)
            assert sum(parts) == total
            is_spam = page.read("result").lower() == "spam"
            has_spam_bar = page.read_all(".piece.sum.positive") != []
            assert (total >= threshold) == is_spam == has_spam_bar
            assert "1 weaker words" not in page.read_all("#why th")


def test_what_the_model_cannot_answer_is_told_in_words(page: Page, server: Server) -> None:
    """A foreign language, with the API's own number; a text too long; a proxy's own answer."""
    (answer,) = server.post("/classify", json={"texts": [GERMAN]}).json()
    page.check(GERMAN)
    hint = page.read("hint")
    assert hint.startswith(f"The model knows only {in_percent(answer['known'])}")
    assert "English text messages of 2003 to 2012" in hint
    page.check(HAM)
    assert not page.shows("hint")

    page.fill("message", "a" * 10_001)
    assert page.wait_for_problem() == (
        "The message has 10,001 characters; at most 10,000 can be checked."
    )
    page.check(HAM)
    page.run("window.fetch = async () => new Response('<html>', { status: 502 })")
    page.type("#message", SPAM)
    assert "The server failed to answer (status 502)." in page.wait_for_problem()
    page.type("#retry", ENTER)
    assert page.run(FOCUS) == "message"


def test_the_line_moves_the_verdict(page: Page, server: Server) -> None:
    model = server.get("/model").json()
    metrics, points = model["metrics"], model["operating_points"]
    assert model["tag"] in page.read("model")
    assert page.read("caught") == in_percent(metrics["spam_caught"])
    assert page.read("blocked") == in_percent(metrics["ham_blocked"])
    assert f"from {in_percent(metrics['threshold'])}" in page.read("line-note")

    page.check(PRIZE)
    page.fill("line", "98")
    assert page.read("result").lower() == "ham"
    assert page.read("caught-count").startswith(f"{points['spam_caught'][98]} of ")
    page.type("#line", LEFT)
    assert page.read("blocked-count").startswith(f"{points['ham_blocked'][97]} of ")
    page.click("#line-back")
    assert page.read("result").lower() == "spam"


def test_attacks_move_the_message_and_are_undone(page: Page) -> None:
    page.check(PRIZE)
    for number in range(1, 6):
        page.click(f"#attacks button:nth-child({number})")
        attacked = page.run(f"return {MESSAGE}")
        assert attacked != PRIZE
        page.wait_for_verdict(attacked)
        assert page.read("before-after").count("%") == 2
        page.click(f"#attacks button:nth-child({number})")
        assert page.run(f"return {MESSAGE}") == PRIZE
    page.click("#attacks button")
    page.wait_for("document.getElementById('before-after').innerText.includes('ham')")
    assert "spam" in page.read("before-after")
    page.fill("line", "98")  # what is above is ham
    assert "spam" not in page.read("before-after")


def test_the_code_and_the_link_have_the_message(page: Page, server: Server, tmp_path: Path) -> None:
    """Each program is run; the link brings the message back."""
    page.check(TRICKY)
    answers = {}
    for language in ("curl", "Python", "BentoML", "JavaScript"):
        page.click(f"#tab-{language}")
        code = page.run("return document.querySelector('#snippet code').textContent")
        if language == "JavaScript":
            console = "let seen; const console = { log: (answer) => (seen = answer) }"
            found = page.run(f"{console}; return (async () => {{ {code}; return seen }})()")
            answers[language] = json.dumps(found)
        else:
            command = shlex.split(code) if language == "curl" else [sys.executable, "-c", code]
            answers[language] = run_command(*command, cwd=tmp_path).stdout
    shown = page.read("result").lower()
    assert [shown in answer for answer in answers.values()] == [True] * 4, answers

    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    page.devtools("Browser.grantPermissions", permissions=permissions)
    page.click("#copy-link")
    page.wait_for("document.getElementById('copied').textContent === 'Copied the link.'")
    link = page.run("return navigator.clipboard.readText()")
    assert link == f"{server.url}/app#{urlencode({'text': TRICKY})}"
    page.visit(server.url, link.removeprefix(f"{server.url}/app"))
    page.wait_for_verdict(TRICKY)
    assert page.run(f"return {MESSAGE}") == TRICKY


def name_controls(page: Page) -> list[str]:
    """Return what a screen reader says about each thing that takes the focus."""
    nodes: list[dict[str, Any]] = page.devtools("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "tab", "link", "checkbox", "combobox", "tabpanel", "slider"}
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles]
    return [node["name"]["value"] for node in controls]


def test_keyboard_and_screen_reader_lead_everywhere(page: Page) -> None:
    """Arrows change the tab, and every control of both has a name."""
    page.check(SPAM)
    names = name_controls(page)
    page.type("#tab-one", RIGHT)
    assert page.run(FOCUS) == "tab-many"
    assert not page.shows("panel-one")
    page.check_many(HAM)
    more = name_controls(page)
    page.type("#tab-many", LEFT)
    assert page.shows("panel-one")
    assert min(len(names), len(more)) >= 10
    assert all(names + more)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_stands_out(theme: str, page: Page, server: Server) -> None:
    """On both tabs, and on the model card with its curves."""
    scheme = {"name": "prefers-color-scheme", "value": theme}
    page.devtools("Emulation.setEmulatedMedia", features=[scheme])
    page.check(f"{SPAM}. {HAM}")
    page.click("#attacks button")
    page.wait_until_shown("before-after")
    faint = [page.run(FAINT)]
    page.click("#tab-many")
    page.check_many(f"{SPAM}\n{HAM}")
    faint.append(page.run(FAINT))
    page.click("header a[href='card']")
    page.wait_for("document.querySelectorAll('svg polyline').length === 2")
    assert server.get("/model").json()["tag"].split(":")[1] in page.read_all("td code")
    faint.append(page.run(FAINT))
    page.devtools("Emulation.setEmulatedMedia", features=[])
    assert faint == [[], [], []]


def test_nothing_sticks_out_of_a_small_phone(page: Page) -> None:
    phone = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    page.devtools("Emulation.setDeviceMetricsOverride", **phone)
    page.check(f"{SPAM} http://{'long' * 40}.example")
    sideways = [page.run(SIDEWAYS)]
    page.click("#tab-many")
    page.check_many(f"{SPAM}{'!' * 200}\n{HAM}")
    page.click(".opens")
    page.wait_for("document.querySelector('.opened .sum')")
    sideways.append(page.run(SIDEWAYS))
    page.devtools("Emulation.clearDeviceMetricsOverride")
    assert sideways == [0, 0]


def test_class_names_follow_the_data_and_a_stop_is_told(page: Page, tmp_path: Path) -> None:
    """Nothing on the page says spam or ham where the data does not."""
    raw = tmp_path / "raw.csv"
    raw.write_bytes(fabricate_csv().replace(b"ham,", b"genuine,").replace(b"spam,", b"smishing,"))
    labels = "positive_label=smishing,negative_label=genuine"
    with serve(train(tmp_path / "project", raw, "--params", labels)) as own_server:
        page.visit(own_server.url)
        page.check("WIN prize 7 now")
        assert page.read("result").lower() == "smishing"
        assert "positive" in page.run("return document.getElementById('verdict').className")
        shown = page.run("return document.body.innerText")
        assert {"smishing", "genuine"} <= set(shown.split())
        assert not {"spam", "spam?", "ham"} & set(shown.split())
        assert page.read_errors() == []
    page.type("#message", HAM)
    assert "The server does not answer. Is it still running?" in page.wait_for_problem()
    page.read_errors()
