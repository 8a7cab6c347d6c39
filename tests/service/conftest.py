"""One trained project and one server for all tests of the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser
from page import open_page
from servers import Server, serve, train


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Bento home that `trained` puts its model into."""
    return tmp_path_factory.mktemp("bentoml-of-the-service")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, home: Path, corpus: Path) -> Path:
    """Return a project whose default pipeline ran on the real corpus."""
    return train(tmp_path_factory.mktemp("served") / "project", home, corpus)


@pytest.fixture(scope="session")
def server(trained: Path, home: Path) -> Iterator[Server]:
    """Return a server of the trained project's model."""
    with serve(trained, home) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Browser]:
    """Return the page as a visitor opens it; nothing may go wrong on its console."""
    open_page(browser, server)
    yield browser
    assert browser.read_errors() == []


@pytest.fixture
def many(page: Browser) -> Browser:
    """Return the page with the tab for many messages open."""
    page.click("#tab-many")
    return page
