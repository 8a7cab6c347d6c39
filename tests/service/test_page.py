"""The page at /app, in a real browser, on a real server."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from browser import Browser
from helpers import fabricate_csv, run_command
from page import ENTER, HAM, LEFT, RIGHT, SPAM, SPOKEN, WHY, check, check_many, open_page
from servers import Server, serve, train

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

NO_VERDICT = "document.getElementById('headline').hidden"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FAINT = Path(__file__).with_name("faint.js").read_text(encoding="utf-8")


# --- one message -----------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "result"), [(SPAM, "spam"), (HAM, "ham")])
def test_a_message_gets_its_verdict_as_it_is_typed(page: Browser, text: str, result: str) -> None:
    page.type("#message", text)
    page.wait_for(f"{WHY} && document.querySelector('.marked').textContent === {text!r}")
    assert page.read("result").lower() == result
    assert "% likely to be spam" in page.read("likelihood")
    assert page.run(f"return {SPOKEN}").startswith(f"{result}: ")


def test_an_example_is_a_click_away(page: Browser) -> None:
    page.click(".example")
    page.wait_for(WHY)
    assert page.run("return document.getElementById('message').value").startswith("You've WON")


@pytest.mark.parametrize("text", [SPAM, HAM, f"{HAM}. {SPAM}! {HAM}", "."])
def test_the_bars_add_up_to_the_last_digit(page: Browser, text: str) -> None:
    check(page, text)
    for step in ("", "document.querySelector('.more-words').click()"):
        page.run(step)
        numbers = [
            round(100 * float(number.replace("−", "-")))
            for number in page.read_all("#why .sum td.number")
        ]
        *parts, total, threshold = numbers
        assert sum(parts) == total
        assert (total >= threshold) == (page.read("result").lower() == "spam")


def test_a_bar_and_its_word_in_the_text_show_each_other(page: Browser) -> None:
    check(page, SPAM)
    page.type("#why .word", ENTER)
    current = "[...document.querySelectorAll('#why mark.current')].map((mark) => mark.textContent)"
    assert page.run(f"return {current}") == page.read_all("#why .word")[:1]
    page.run("document.querySelectorAll('#why mark')[1].click()")
    focused = page.run("return document.activeElement.textContent")
    assert [focused] == page.run(f"return {current}") == ["prize!"]


def test_a_long_message_shows_its_marked_part(page: Browser) -> None:
    check(page, f"{HAM} " * 200 + SPAM)
    page.wait_for("document.querySelector('.marked').scrollTop > 0")
    assert not page.run("return document.querySelector('.cut').hidden")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "<b>win</b> <img src=x onerror=alert(1)> <script>alert(1)</script>", id="markup"
        ),
        pytest.param(f"😀🎉 {SPAM} 👩‍👩‍👧", id="emoji"),
        pytest.param("مرحبا، هذا رقمي الجديد", id="Arabic"),
        pytest.param("free £1 " * 1250, id="longest"),
    ],
)
def test_any_text_is_shown_as_it_is(page: Browser, text: str) -> None:
    check(page, text)
    assert page.run("return document.querySelectorAll('#why-one :is(b, img, script)').length") == 0
    assert all(mark in text for mark in page.read_all("#why mark"))


def test_a_message_beyond_what_was_learnt_gets_a_hint(page: Browser, server: Server) -> None:
    """The number is the API's own."""
    text = "Hallo Mama, das ist meine neue Nummer: 0171 3920001"
    (answer,) = server.post("/classify", {"texts": [text]}).json()
    check(page, text)
    assert page.read("hint").startswith(
        f"The model knows only {answer['known']:.1%}".replace("%", " %")
    )
    assert "English text messages of 2003 to 2012" in page.read("hint")
    check(page, HAM)
    assert page.run("return document.getElementById('hint').hidden")


def test_a_message_that_is_too_long_is_refused_in_words(page: Browser) -> None:
    page.fill("message", "a" * 10_001)
    page.wait_for("!document.getElementById('problem-one').hidden")
    assert page.read("problem-one") == (
        "The message has 10,001 characters; at most 10,000 can be checked."
    )


def test_an_emptied_box_has_no_verdict(page: Browser) -> None:
    check(page, HAM)
    page.fill("message", " ")
    page.wait_for(NO_VERDICT)


def test_an_answer_of_something_else_is_told_in_words(page: Browser) -> None:
    """A proxy may answer in the service's place."""
    page.run("window.fetch = async () => new Response('<html>', { status: 502 })")
    page.type("#message", HAM)
    page.wait_for("!document.getElementById('problem-one').hidden")
    assert "The server failed to answer (status 502)." in page.read("problem-one")


# --- the line, the attacks, the code ---------------------------------------------------------


def test_the_line_starts_at_the_services_own(page: Browser, server: Server) -> None:
    model = server.get("/model").json()
    metrics = model["metrics"]
    assert model["tag"] in page.read("model")
    assert page.read("caught") == f"{metrics['spam_caught']:.1%}".replace("%", " %")
    assert page.read("blocked") == f"{metrics['ham_blocked']:.1%}".replace("%", " %")
    assert f"from {metrics['threshold']:.1%}".replace("%", " %") in page.read("line-note")


def test_the_verdict_and_the_counts_follow_the_line(page: Browser, server: Server) -> None:
    points = server.get("/model").json()["operating_points"]
    check(page, "You've WON a PRIZE, text back to find out what")
    assert page.read("result").lower() == "spam"
    page.fill("line", "98")
    assert page.read("result").lower() == "ham"
    assert page.read("caught-count").startswith(f"{points['spam_caught'][98]} of ")
    page.type("#line", LEFT)
    assert page.read("blocked-count").startswith(f"{points['ham_blocked'][97]} of ")
    page.click("#line-back")
    assert page.read("result").lower() == "spam"


def test_an_attack_shows_the_verdict_before_and_after(page: Browser) -> None:
    check(page, SPAM)
    for number in range(1, 6):
        page.click(f"#attacks button:nth-child({number})")
        assert page.run("return document.getElementById('message').value") != SPAM
        page.wait_for(
            "!document.getElementById('before-after').hidden && "
            "document.querySelector('.marked').textContent === "
            "document.getElementById('message').value"
        )
        assert page.read("before-after").count("%") == 2
        page.click(f"#attacks button:nth-child({number})")
        assert page.run("return document.getElementById('message').value") == SPAM


TRICKY = 'it\'s "free" \\ $HOME `x` 😀\nCall 0900'


@pytest.mark.parametrize("language", ["curl", "Python", "BentoML", "JavaScript"])
def test_the_code_asks_about_the_message(page: Browser, tmp_path: Path, language: str) -> None:
    check(page, TRICKY)
    page.click(f"#tab-{language}")
    code = page.run("return document.querySelector('#snippet code').textContent")
    if language == "JavaScript":
        console = "const console = { log: (answer) => (seen = answer) }"
        found = page.run(f"let seen; {console}; return (async () => {{ {code}; return seen }})()")
    elif language == "curl":
        found = json.loads(run_command(*shlex.split(code), cwd=tmp_path).stdout)
    else:
        done = run_command(sys.executable, "-c", code, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "'spam_probability': " in done.stdout or "spam_probability=" in done.stdout
        return
    assert found[0]["result"] == page.read("result").lower()


def test_a_link_brings_the_message_back(page: Browser, server: Server) -> None:
    check(page, TRICKY)
    page.devtools(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    page.click("#copy-link")
    page.wait_for("document.getElementById('copied').textContent === 'Copied the link.'")
    link = page.run("return navigator.clipboard.readText()")
    assert link == f"{server.url}/app#{urlencode({'text': TRICKY})}"
    open_page(page, server, link.removeprefix(f"{server.url}/app"))
    page.wait_for(WHY)
    assert page.run("return document.getElementById('message').value") == TRICKY


# --- everywhere ------------------------------------------------------------------------------


def test_tabs_work_with_the_keyboard(page: Browser) -> None:
    page.type("#tab-one", RIGHT)
    assert page.run("return document.activeElement.id") == "tab-many"
    assert page.run("return document.getElementById('panel-one').hidden")
    page.type("#tab-many", LEFT)
    assert not page.run("return document.getElementById('panel-one').hidden")


@pytest.mark.parametrize("tab", ["one", "many"])
def test_every_control_has_a_name(page: Browser, tab: str) -> None:
    """Screen readers have something to say about each thing that takes the focus."""
    check(page, SPAM)
    page.click(f"#tab-{tab}")
    if tab == "many":
        check_many(page, HAM)
    nodes: list[dict[str, Any]] = page.devtools("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "tab", "link", "checkbox", "combobox", "tabpanel", "slider"}
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert len(controls) >= 10
    assert [node for node in controls if not node["name"]["value"]] == []


@pytest.fixture(params=["light", "dark"])
def themed(page: Browser, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Return the page as people see it who prefer a theme."""
    scheme = {"name": "prefers-color-scheme", "value": request.param}
    page.devtools("Emulation.setEmulatedMedia", features=[scheme])
    yield page
    page.devtools("Emulation.setEmulatedMedia", features=[])


def test_everything_stands_out(themed: Browser) -> None:
    check(themed, f"{SPAM}. {HAM}")
    themed.click("#attacks button")
    themed.wait_for("!document.getElementById('before-after').hidden")
    assert themed.run(FAINT) == []
    themed.click("#tab-many")
    check_many(themed, f"{SPAM}\n{HAM}")
    assert themed.run(FAINT) == []


def test_the_model_card_is_shown_with_its_curves(themed: Browser, server: Server) -> None:
    themed.click("header a[href='card']")
    themed.wait_for("document.querySelectorAll('svg polyline').length === 2")
    assert themed.read_all("h1") == ["Model card: spam or ham"]
    assert server.get("/model").json()["tag"].split(":")[1] in themed.read_all("td code")
    assert themed.run(FAINT) == []


def test_nothing_sticks_out_of_a_small_phone(page: Browser) -> None:
    page.devtools(
        "Emulation.setDeviceMetricsOverride",
        **{"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True},
    )
    check(page, f"{SPAM} http://{'long' * 40}.example")
    sideways = [page.run(f"return {SIDEWAYS}")]
    page.click("#tab-many")
    check_many(page, f"{SPAM}{'!' * 200}\n{HAM}")
    page.click(".opens")
    page.wait_for("document.querySelector('.opened .sum')")
    sideways.append(page.run(f"return {SIDEWAYS}"))
    page.devtools("Emulation.clearDeviceMetricsOverride")
    assert sideways == [0, 0]


def test_class_names_follow_the_data_and_a_stopped_server_is_told(
    browser: Browser, tmp_path: Path
) -> None:
    raw = tmp_path / "raw.csv"
    content = fabricate_csv().replace(b"ham,", b"genuine,").replace(b"spam,", b"smishing,")
    raw.write_bytes(content)
    labels = "positive_label=smishing,negative_label=genuine"
    home = tmp_path / "home"
    home.mkdir()
    with serve(train(tmp_path / "project", home, raw, "--params", labels), home) as own_server:
        open_page(browser, own_server)
        check(browser, "WIN prize 7 now")
        assert browser.read("result").lower() == "smishing"
        assert "likely to be smishing" in browser.read("likelihood")
        assert "positive" in browser.run("return document.getElementById('verdict').className")
        shown = browser.run("return document.body.innerText")
        assert " genuine" in shown
        assert not {"spam", "spam?", "ham"} & set(shown.split())
        assert browser.read_errors() == []
    browser.type("#message", HAM)
    browser.wait_for("!document.getElementById('problem-one').hidden")
    assert "The server does not answer. Is it still running?" in browser.read("problem-one")
    browser.read_errors()


# --- how it is served ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/app", "/card", "/app/app.js", "/app/inter.woff2"])
def test_files_are_served_with_a_strict_policy(server: Server, path: str) -> None:
    """Scripts and styles come from the service only, and nothing may be written in between."""
    headers = server.get(path).headers
    (policy,) = headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_files_that_have_not_changed_are_not_sent_again(server: Server) -> None:
    first = server.get("/app/app.js")
    assert first.headers["cache-control"] == "no-cache"
    unchanged = {"if-none-match": first.headers["etag"]}
    again = server.client.get("/app/app.js", headers=unchanged)
    assert (again.status_code, again.content) == (304, b"")
