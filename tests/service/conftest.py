"""One trained project and two servers for all tests of the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser
from page import Page
from servers import Server, serve, train


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return a project whose default pipeline ran on the real corpus."""
    return train(tmp_path_factory.mktemp("served") / "project", corpus)


@pytest.fixture(scope="session")
def server(trained: Path) -> Iterator[Server]:
    """Return a server of the trained project's model, without further settings."""
    with serve(trained) as running:
        yield running


@pytest.fixture(scope="session")
def keeper(trained: Path) -> Iterator[Server]:
    """Return a server that keeps corrections, which has more paths, and logs all it can."""
    with serve(trained, "--verbose", SPAM_CLASSIFIER_FEEDBACK="data/feedback") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Return the page as a visitor opens it; nothing may go wrong on its console."""
    page = Page(browser.driver)
    page.visit(server.url)
    yield page
    assert page.read_errors() == []


@pytest.fixture
def many(page: Page) -> Page:
    """Return the page with the tab for many messages open."""
    page.click("#tab-many")
    return page
