"""The page at /app, in a real browser, on a real server."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from browser import Browser, wait_until
from helpers import fabricate_csv
from servers import Server, serve, train

pytestmark = pytest.mark.slow

SPAM = "FREE prize! Call 0900 555 0100 now to claim"
HAM = "see you at the station, mum"
VERDICT = "!document.getElementById('verdict').hidden"
SPOKEN = "document.querySelector('#spoken[role=status]').textContent"
ANSWERS = "!document.getElementById('answers').hidden"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Texts whose colour stands out from the colour behind them less than WCAG's 4.5 to 1.
FAINT_TEXTS = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function channels(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function luminance(colour) {
  const [r, g, b] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function colourBehind(element) {
  const colour = getComputedStyle(element).backgroundColor;
  if (channels(colour)[3] === 255) return colour;
  return element.parentElement ? colourBehind(element.parentElement) : "white";
}
const faint = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || !element.checkVisibility() || element.disabled) continue;
  const pair = [getComputedStyle(element).color, colourBehind(element)].map(luminance);
  const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  if (ratio < 4.5) faint.push(`${element.textContent}: ${ratio.toFixed(2)}`);
}
return faint;
"""


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Browser]:
    """Return the page as a visitor opens it; nothing may go wrong on its console."""
    open_page(browser, server)
    yield browser
    assert browser.read_errors() == []


def open_page(browser: Browser, server: Server) -> None:
    """Open the page, and wait until it knows the model."""
    browser.read_errors()
    browser.open(f"{server.url}/app")
    browser.wait_for("document.getElementById('model').textContent")


def read(browser: Browser, element: str) -> str:
    """Return the text of an element as it is shown."""
    text: str = browser.run("return document.getElementById(arguments[0]).innerText", element)
    return text


def fill(browser: Browser, element: str, text: str) -> None:
    """Paste a text into a box."""
    browser.run(
        "const box = document.getElementById(arguments[0]);"
        "box.value = arguments[1]; box.dispatchEvent(new Event('input'));",
        element,
        text,
    )


def marked_words(browser: Browser) -> list[list[str]]:
    """Return the marked words, each with the classes of its mark."""
    words: list[list[str]] = browser.run(
        "return [...document.querySelectorAll('#marked mark')]"
        ".map((mark) => [mark.textContent, mark.className])"
    )
    return words


def check_many(browser: Browser) -> None:
    """Press the button, and wait for the answers."""
    browser.click("#start")
    browser.wait_for(ANSWERS)


def drop_file(browser: Browser, name: str, content: bytes, *, first: str = "") -> None:
    """Drop a file on the tab for many messages, right after some JavaScript."""
    browser.run(
        f"{first};"
        "const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(arguments[1])], arguments[0]));"
        "const options = { dataTransfer: data, bubbles: true, cancelable: true };"
        "document.getElementById('drop').dispatchEvent(new DragEvent('drop', options));",
        name,
        list(content),
    )


def download(browser: Browser, folder: Path) -> list[dict[str, str]]:
    """Download the answers, and return the rows of the CSV.

    Chromium takes the file's name with an empty file, writes beside it and renames at the end: what
    is not empty is whole.
    """
    browser.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.click("#download")
    wait_until(
        lambda: any(file.stat().st_size for file in folder.glob("*.csv")), "nothing was downloaded"
    )
    (file,) = folder.glob("*.csv")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


# --- one message -----------------------------------------------------------------------------


def test_a_spam_gets_its_verdict_as_it_is_typed(page: Browser) -> None:
    page.type("#message", SPAM)
    page.wait_for(f"{VERDICT} && document.getElementById('marked').textContent === {SPAM!r}")
    assert read(page, "result").lower() == "spam"
    assert "% likely to be spam" in read(page, "likelihood")


def test_the_words_that_speak_for_spam_are_marked(page: Browser) -> None:
    page.type("#message", SPAM)
    page.wait_for(f"{VERDICT} && document.getElementById('marked').textContent === {SPAM!r}")
    kinds = {word: classes.split()[0] for word, classes in marked_words(page)}
    assert kinds["prize!"] == "positive"
    assert "prize" in read(page, "for-positive")


def test_a_ham_is_told_from_a_spam(page: Browser) -> None:
    page.type("#message", HAM)
    page.wait_for(VERDICT)
    assert read(page, "result").lower() == "ham"
    assert "mum" in read(page, "for-negative")


def test_the_verdict_is_read_out(page: Browser) -> None:
    """The element that changes is one that screen readers announce."""
    page.type("#message", SPAM)
    page.wait_for(VERDICT)
    page.wait_for(f"{SPOKEN}.startsWith('spam: ')")


def test_an_example_is_a_click_away(page: Browser) -> None:
    page.click(".chip")
    page.wait_for(VERDICT)
    assert page.run("return document.getElementById('message').value").startswith("You've WON")


def test_markup_in_a_message_stays_text(page: Browser) -> None:
    markup = "<b>win</b> <img src=x onerror=alert(1)> <script>alert(1)</script> prize"
    page.type("#message", markup)
    page.wait_for(f"document.getElementById('marked').textContent === {markup!r}")
    markup_made = "document.querySelectorAll('#panel-one :is(b, img, script)').length"
    assert page.run(f"return {markup_made}") == 0


def test_marks_fall_on_the_right_words_after_emoji(page: Browser) -> None:
    """The service counts code points, JavaScript does not."""
    text = f"😀🎉 {SPAM}"
    fill(page, "message", text)
    page.wait_for(f"document.getElementById('marked').textContent === {text!r}")
    assert "prize!" in [word for word, _ in marked_words(page)]


def test_half_a_character_is_answered(page: Browser) -> None:
    page.run(
        "const box = document.getElementById('message');"
        "box.value = 'prize \\ud83d'; box.dispatchEvent(new Event('input'));"
    )
    page.wait_for(VERDICT)


def test_the_longest_message_is_answered(page: Browser) -> None:
    fill(page, "message", "free £1 " * 1250)
    page.wait_for(VERDICT)


def test_a_longer_message_is_refused_in_words(page: Browser) -> None:
    fill(page, "message", "a" * 10_001)
    page.wait_for("!document.getElementById('problem-one').hidden")
    assert read(page, "problem-one").strip() == (
        "The message has 10,001 characters; at most 10,000 can be checked."
    )


def test_an_emptied_box_has_no_verdict(page: Browser) -> None:
    page.type("#message", HAM)
    page.wait_for(VERDICT)
    fill(page, "message", " ")
    page.wait_for("document.getElementById('verdict').hidden")


def test_a_stopped_server_is_told_in_words(browser: Browser, trained: Path, home: Path) -> None:
    with serve(trained, home) as own_server:
        open_page(browser, own_server)
    browser.type("#message", HAM)
    browser.wait_for("!document.getElementById('problem-one').hidden")
    assert "The server does not answer. Is it still running?" in read(browser, "problem-one")
    browser.read_errors()


def test_an_answer_of_something_else_is_told_in_words(page: Browser) -> None:
    """A proxy may answer in the service's place."""
    page.run("window.fetch = async () => new Response('<html>', { status: 502 })")
    page.type("#message", HAM)
    page.wait_for("!document.getElementById('problem-one').hidden")
    assert "The server failed to answer (status 502)." in read(page, "problem-one")


# --- many messages ---------------------------------------------------------------------------


@pytest.fixture
def many(page: Browser) -> Browser:
    """Return the page with the tab for many messages open."""
    page.click("#tab-many")
    return page


def test_a_thousand_lines_are_answered_in_their_order(many: Browser, tmp_path: Path) -> None:
    texts = [f"{SPAM} {number}" if number % 4 == 0 else f"{HAM} {number}" for number in range(1000)]
    fill(many, "lines", "\n".join(texts))
    check_many(many)
    assert read(many, "summary") == many.run(f"return {SPOKEN}") == "250 spam, 750 ham"
    rows = download(many, tmp_path)
    assert [row["Message"] for row in rows] == texts
    assert [row["prediction"] for row in rows] == ["spam", "ham", "ham", "ham"] * 250
    assert all(0 <= float(row["spam_probability"]) <= 1 for row in rows)


def test_the_bar_moves_batch_by_batch(many: Browser) -> None:
    many.run(
        "window.seen = []; const bar = document.getElementById('bar');"
        "new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });"
    )
    fill(many, "lines", "\n".join(f"{HAM} {number}" for number in range(1000)))
    check_many(many)
    assert many.run("return [...new Set(seen)]") == [0, 250, 500, 750, 1000]


def test_stopped_work_goes_on_where_it_was(many: Browser, tmp_path: Path) -> None:
    texts = [f"{HAM} {number}" for number in range(20_000)]
    fill(many, "lines", "\n".join(texts))
    many.click("#start")
    many.wait_for("document.getElementById('bar').value >= 250")
    many.click("#stop")
    many.wait_for("!document.getElementById('start').hidden")
    assert read(many, "start") == "Continue"
    check_many(many)
    many.wait_for("document.getElementById('start').textContent === 'Check again'", seconds=120)
    rows = download(many, tmp_path)
    assert [row["Message"] for row in rows] == texts
    assert all(row["prediction"] for row in rows)


def test_a_file_dropped_meanwhile_does_not_disturb(many: Browser) -> None:
    fill(many, "lines", "\n".join(f"{HAM} {number}" for number in range(1000)))
    start = "document.getElementById('start').click()"
    drop_file(many, "other.txt", SPAM.encode(), first=start)
    many.wait_for(ANSWERS)
    assert read(many, "summary") == "0 spam, 1,000 ham"


def test_messages_without_an_answer_are_counted(many: Browser, tmp_path: Path) -> None:
    fill(many, "lines", "\n".join([HAM, "a" * 10_001, SPAM]))
    check_many(many)
    assert read(many, "unanswered").startswith("1 message without an answer")
    assert [row["prediction"] for row in download(many, tmp_path)] == ["ham", "", "spam"]


def test_a_table_keeps_its_columns(many: Browser, tmp_path: Path) -> None:
    table = tmp_path / "inbox.csv"
    table.write_bytes(f'id,Text\r\n7,"{SPAM},\r\n""now"""\r\n8,{HAM}\r\n'.encode())
    many.type("#file", str(table))
    many.wait_for("!document.getElementById('chosen').hidden")
    assert read(many, "amount") == "2 messages"
    check_many(many)
    (tmp_path / "downloads").mkdir()
    first, second = download(many, tmp_path / "downloads")
    assert (first["id"], first["Text"]) == ("7", f'{SPAM},\r\n"now"')
    assert (first["prediction"], second["prediction"]) == ("spam", "ham")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.txt", f"{SPAM}\n\n{HAM}, café\n".encode(), id="lines"),
        pytest.param("a.txt", f"{SPAM}\r\n{HAM}, café".encode("cp1252"), id="cp1252"),
        pytest.param("a.txt", f"{SPAM}\n{HAM}, café".encode("utf-16"), id="utf-16"),
        pytest.param("a.csv", f"{SPAM};1\n{HAM}, café;2".encode("utf-8-sig"), id="semicolons"),
        pytest.param("a.tsv", f"1\t{SPAM}\n2\t{HAM}, café\n".encode(), id="tabs"),
    ],
)
def test_a_dropped_file_is_read(many: Browser, name: str, content: bytes) -> None:
    drop_file(many, name, content)
    many.wait_for("!document.getElementById('chosen').hidden")
    check_many(many)
    assert read(many, "summary") == "1 spam, 1 ham"
    assert "café" in read(many, "rows")


def test_a_broken_table_is_told_in_words(many: Browser, tmp_path: Path) -> None:
    table = tmp_path / "broken.csv"
    table.write_text(f'Message\n{HAM}\n"{SPAM}\n', encoding="utf-8")
    many.type("#file", str(table))
    many.wait_for("!document.getElementById('problem-many').hidden")
    assert read(many, "problem-many") == (
        "Line 3 of the table has a quotation mark that does not enclose a cell."
    )


def test_messages_cannot_be_formulas_in_a_spreadsheet(many: Browser, tmp_path: Path) -> None:
    fill(many, "lines", '=HYPERLINK("http://a.example","win")\n@SUM(1)\n+44 555\nplain')
    check_many(many)
    starts = [row["Message"][:2] for row in download(many, tmp_path)]
    assert starts == ["'=", "'@", "'+", "pl"]


# --- everywhere ------------------------------------------------------------------------------


def test_the_footer_tells_the_model_and_its_metrics(page: Browser, server: Server) -> None:
    model = server.get("/model").json()
    footer = read(page, "model")
    assert model["tag"] in footer
    assert f"{model['metrics']['accuracy']:.1%}".replace("%", " %") in footer


def test_tabs_work_with_the_keyboard(page: Browser) -> None:
    page.type("#tab-one", "\ue014")  # the right arrow
    assert page.run("return document.activeElement.id") == "tab-many"
    assert page.run("return document.getElementById('panel-one').hidden")
    assert not page.run("return document.getElementById('panel-many').hidden")
    page.type("#tab-many", "\ue012")  # the left arrow
    assert not page.run("return document.getElementById('panel-one').hidden")


def test_the_focus_is_not_lost(page: Browser) -> None:
    """A button that goes away hands it on."""
    page.click("#tab-many")
    fill(page, "lines", HAM)
    check_many(page)
    assert page.run("return document.activeElement.id") == "start"


@pytest.mark.parametrize("tab", ["#tab-one", "#tab-many"])
def test_every_control_has_a_name(page: Browser, tab: str) -> None:
    """Screen readers have something to say about each thing that takes the focus."""
    page.click(tab)
    nodes: list[dict[str, Any]] = page.devtools("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "tab", "link", "checkbox", "combobox", "tabpanel", "progressbar"}
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert len(controls) >= 6
    assert [node for node in controls if not node["name"]["value"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out(page: Browser, theme: str) -> None:
    scheme = {"name": "prefers-color-scheme", "value": theme}
    page.devtools("Emulation.setEmulatedMedia", features=[scheme])
    fill(page, "message", f"{SPAM}. {HAM}")
    page.wait_for(VERDICT)
    faint = page.run(FAINT_TEXTS)
    page.click("#tab-many")
    fill(page, "lines", f"{SPAM}\n{HAM}")
    check_many(page)
    faint += page.run(FAINT_TEXTS)
    page.devtools("Emulation.setEmulatedMedia", features=[])
    assert faint == []


def test_nothing_sticks_out_of_a_small_phone(page: Browser) -> None:
    page.devtools(
        "Emulation.setDeviceMetricsOverride",
        width=320,
        height=640,
        deviceScaleFactor=1,
        mobile=True,
    )
    fill(page, "message", f"{SPAM} http://{'long' * 40}.example")
    page.wait_for(VERDICT)
    sideways = [page.run(f"return {SIDEWAYS}")]
    page.click("#tab-many")
    fill(page, "lines", f"{SPAM}{'!' * 200}\n{HAM}")
    check_many(page)
    sideways.append(page.run(f"return {SIDEWAYS}"))
    page.devtools("Emulation.clearDeviceMetricsOverride")
    assert sideways == [0, 0]


def test_only_the_service_is_asked(page: Browser, server: Server) -> None:
    page.type("#message", SPAM)
    page.wait_for(VERDICT)
    urls = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert urls
    assert [url for url in urls if not url.startswith(server.url)] == []


def test_class_names_follow_the_data(browser: Browser, tmp_path: Path) -> None:
    raw = tmp_path / "raw.csv"
    content = fabricate_csv().replace(b"ham,", b"genuine,").replace(b"spam,", b"smishing,")
    raw.write_bytes(content)
    labels = "positive_label=smishing,negative_label=genuine"
    home = tmp_path / "home"
    home.mkdir()
    with serve(train(tmp_path / "project", home, raw, "--params", labels), home) as own_server:
        open_page(browser, own_server)
        browser.type("#message", "WIN prize 7 now")
        browser.wait_for(VERDICT)
        assert read(browser, "result").lower() == "smishing"
        assert "likely to be smishing" in read(browser, "likelihood")
        assert browser.run("return document.getElementById('verdict').className") == "positive"
        shown = browser.run("return document.body.innerText")
        assert "for genuine" in shown
        assert not {"spam?", "ham"} & set(shown.split())
    assert browser.read_errors() == []


# --- how it is served ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/app", "/app/app.js", "/app/style.css", "/app/icon.svg"])
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
    again = httpx.get(f"{server.url}/app/app.js", headers=unchanged)
    assert (again.status_code, again.content) == (304, b"")


def test_a_slash_at_the_end_does_no_harm(server: Server) -> None:
    answer = httpx.get(f"{server.url}/app/", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/app")


def test_the_log_names_the_page(server: Server) -> None:
    server.get("/app")
    server.get("/livez")
    assert "GET /app 200" in server.log.read_text(encoding="utf-8")
