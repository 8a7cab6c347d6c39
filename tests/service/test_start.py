"""What ends the start, with one sentence that says what is wrong and what to do."""

import re
import shutil
from pathlib import Path

import click
import pytest
from bentoml.exceptions import BentoMLConfigException

from servers import HOME, Server, refuse_to_serve
from spam_classifier.service import SpamClassifier
from spam_classifier.serving.startup import check_start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

OURS = "services.SpamClassifier"
EXPORTER = f"{OURS}.tracing.exporter_type"
ZIPKIN, OTLP = (
    f"{EXPORTER}={each} {OURS}.tracing.{each}.endpoint=x" for each in ("zipkin", "otlp")
)


@pytest.mark.filterwarnings("ignore:Overriding BentoML config:DeprecationWarning")
@pytest.mark.parametrize(
    ("given", "options", "reason"),
    [
        (f"{OURS}.trafic.timeout=5", {}, f"There is no setting {OURS}.trafic.timeout: "),
        ("services.Spam.workers=2", {}, "There is no setting services.Spam."),
        ("api_server.timeout=2", {}, "There is no setting api_server."),
        (f"{OURS}.http.cors.enabled=true", {}, "A setting cannot be used: To enable cors, "),
        (f"{EXPORTER}=zipkin", {}, "The tracing exporter zipkin needs settings"),
        ("", {"port": 99999}, "The port is 99999: it must be from 1 to 65535."),
        ("", {"host": "192.0.2.1"}, "The address 192.0.2.1, port 3000, cannot be used (Cannot"),
        ("", {"timeout": 5}, "BentoML ignores --timeout: use the setting services.SpamClassifier."),
    ],
)
def test_bad_settings_and_options_are_named(
    given: str, options: dict[str, object], reason: str, settings: pytest.MonkeyPatch
) -> None:
    settings.setenv("BENTOML_CONFIG_OPTIONS", given)
    with click.Context(click.Command("serve")) as context:
        context.params = options
        with pytest.raises(BentoMLConfigException, match=f"^{re.escape(reason)}"):
            check_start(SpamClassifier)


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("SPAM_CLASSIFIER_MODEL", "spam_classifier:production", "type `kedro models promote TAG`;"),
        (
            "SPAM_CLASSIFIER_CHALLENGER",
            "spam_classifier:no",
            "There is no model spam_classifier:no",
        ),
        ("SPAM_CLASSIFIER_FEEDBACK", "/dev/null", "of SPAM_CLASSIFIER_FEEDBACK cannot be used"),
        ("BENTOML_CONFIG_OPTIONS", f"{OURS}.workers=0", f"The setting {OURS}.workers cannot have "),
        ("BENTOML_CONFIG_OPTIONS", ZIPKIN, "The tracing exporter zipkin is not "),
        ("BENTOML_CONFIG_OPTIONS", OTLP, "A setting cannot be used: Invalid"),
        ("BENTOML_HOME", "/dev/null", "Error: The Bento home cannot be used (/dev/null is not a "),
    ],
)
def test_what_a_variable_names_must_be_there(
    variable: str, value: str, reason: str, trained: Path
) -> None:
    assert reason in refuse_to_serve(trained, **{variable: value})


def test_a_taken_port_ends_the_start(server: Server, trained: Path) -> None:
    line = refuse_to_serve(trained, "--port", str(server.port))
    assert line.endswith("(Address already in use): choose another one with --host and --port.")


def test_a_model_that_cannot_be_trusted_ends_the_start(trained: Path, tmp_path: Path) -> None:
    project = shutil.copytree(trained, tmp_path / "project")
    (model,) = project.glob(f"{HOME}/models/spam_classifier/*/spam_classifier.json")
    model.write_bytes(model.read_bytes().replace(b'"threshold":0.', b'"threshold":0.9', 1))
    line = refuse_to_serve(project)
    assert "its SHA-256 differs" in line
    assert line.endswith("type `make run` to train and store it again.")
