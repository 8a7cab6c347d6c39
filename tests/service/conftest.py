"""One trained project and two servers for all tests of the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser
from page import open_page
from servers import Server, serve, train
from spam_classifier.service import SpamClassifier


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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where `keeper` keeps corrections."""
    return tmp_path_factory.mktemp("feedback")


@pytest.fixture(scope="session")
def keeper(trained: Path, folder: Path) -> Iterator[Server]:
    """Return a server that keeps corrections, and logs as much as it can."""
    with serve(trained, "--verbose", SPAM_CLASSIFIER_FEEDBACK=str(folder)) as running:
        yield running


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let BentoML have settings of a test's own, in this process."""
    yield monkeypatch
    monkeypatch.undo()
    SpamClassifier.inject_config()  # type: ignore[attr-defined]


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
