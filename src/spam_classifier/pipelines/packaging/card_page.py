"""The model card as a page: its Markdown as HTML, with the curves as inline SVG.

The service's policy allows no style within a page, so everything is styled by class.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from spam_classifier.datasets.previews import to_html

WIDTH, HEIGHT, MARGIN = 320, 240, 36
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
BEFORE = "<h3>By kind of message</h3>"
PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Model card</title>
  <link rel="icon" type="image/svg+xml" href="app/icon.svg">
  <link rel="stylesheet" href="app/base.css">
  <link rel="stylesheet" href="app/card.css">
</head>
<body>
  <header>
    <img src="app/icon.svg" alt="" width="44" height="44">
    <p>Spam classifier</p>
    <nav aria-label="More"><a href="app">Try it</a> <a href="./">API</a></nav>
  </header>
  <main class="card">
{content}
  </main>
</body>
</html>
"""


class Curve(NamedTuple):
    """A curve of shares over shares.

    Attributes:
        x: n shares, 0 to 1.
        y: n shares, 0 to 1.
        x_title: What x is.
        y_title: What y is.
        has_diagonal: Whether the diagonal, where both are equal, is drawn too.
    """

    x: Iterable[float]
    y: Iterable[float]
    x_title: str
    y_title: str
    has_diagonal: bool = False


def make_page(card: str, curves: Mapping[str, Curve]) -> str:
    """Return the page.

    Args:
        card: Markdown with a YAML head, which is left out.
        curves: What to draw, by title.
    """
    # A wide table scrolls by itself, and not the page.
    content = to_html(card).replace("<table>", '<div class="wide" tabindex="0"><table>')
    content = content.replace("</table>", "</table></div>")
    drawn = "".join(draw(title, curve) for title, curve in curves.items())
    return PAGE.format(
        content=content.replace(BEFORE, f'<div class="curves">{drawn}</div>{BEFORE}')
    )


def draw(title: str, curve: Curve) -> str:
    """Return a curve as SVG, with its axes from 0 to 100 %.

    Args:
        title: What it shows.
        curve: The curve.
    """
    points = " ".join(f"{_right(x)},{_down(y)}" for x, y in zip(curve.x, curve.y, strict=True))
    grid = "".join(_line(tick, 0, tick, 1) + _line(0, tick, 1, tick) for tick in TICKS)
    if curve.has_diagonal:
        grid += _line(0, 0, 1, 1)
    labels = "".join(
        f'<text class="tick" x="{_right(tick)}" y="{_down(0) + 14}">{tick:.0%}</text>'
        f'<text class="tick left" x="{MARGIN - 6}" y="{_down(tick) + 4}">{tick:.0%}</text>'
        for tick in (TICKS[0], TICKS[2], TICKS[4])
    )
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'{grid}{labels}<polyline class="curve" points="{points}"/>'
        f'<text class="axis" x="{WIDTH / 2}" y="{HEIGHT - 4}">{escape(curve.x_title)}</text>'
        f'<text class="axis" x="{-HEIGHT / 2}" y="10" transform="rotate(-90)">'
        f"{escape(curve.y_title)}</text></svg></figure>"
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{_right(x1)}" y1="{_down(y1)}" x2="{_right(x2)}" y2="{_down(y2)}"'
    return f'<line class="grid" {ends}/>'


def _right(share: float) -> float:
    return round(MARGIN + share * (WIDTH - MARGIN - 12), 1)


def _down(share: float) -> float:
    return round(HEIGHT - MARGIN - share * (HEIGHT - MARGIN - 12), 1)
