"""A headless Chromium, driven by Selenium."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

os.environ["SE_AVOID_STATS"] = "true"  # before Selenium is imported: it reports its use otherwise

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from helpers import wait_until

OPTIONS = ("--headless", "--no-sandbox", "--disable-component-update", "--disable-dev-shm-usage")


class Browser:
    """One window, empty at first."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Load a page; returns when it and what it names are loaded."""
        self.driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript, a function's body, and return what it or its promise gives."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition: str, seconds: float = 30.0) -> None:
        """Wait until a JavaScript expression is true."""
        wait_until(lambda: self.run(f"return Boolean({condition})"), condition, seconds)

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Give a command of Chromium's DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def click(self, selector: str) -> None:
        """Click on the first element that a CSS selector finds, as a user's mouse does."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, selector: str, text: str) -> None:
        """Type into the first element that a CSS selector finds."""
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    def fill(self, element: str, text: str, event: str = "input") -> None:
        """Paste a text into a box, or choose a value, of the element with an id."""
        self.run(
            "const box = document.getElementById(arguments[0]);"
            "box.value = arguments[1]; box.dispatchEvent(new Event(arguments[2]));",
            *(element, text, event),
        )

    def shows(self, element: str) -> bool:
        """Say whether the element with an id is there for the user."""
        return self.driver.find_element(By.ID, element).is_displayed()

    def wait_until_shown(self, *elements: str) -> None:
        """Wait until one of the elements with these ids is there for the user."""
        wait_until(lambda: any(map(self.shows, elements)), " or ".join(elements), 30.0)

    def read(self, element: str) -> str:
        """Return the text of the element with an id, as it is shown."""
        text: str = self.run("return document.getElementById(arguments[0]).innerText", element)
        return text.strip()

    def read_all(self, selector: str) -> list[str]:
        """Return the texts of all elements that a CSS selector finds."""
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
        texts: list[str] = self.run(script, selector)
        return texts

    def read_errors(self) -> list[str]:
        """Return the errors on the console since the last call."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


@contextmanager
def start_browser(program: str, driver: str) -> Iterator[Browser]:
    """Run Chromium, with an empty profile, until the block ends.

    Args:
        program: Path of chromium.
        driver: Path of chromedriver, which Selenium would download otherwise.
    """
    options = ChromeOptions()
    options.binary_location = program
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, Service(driver)) as chrome:
        yield Browser(chrome)
