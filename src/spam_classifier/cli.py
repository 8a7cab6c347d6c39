"""Commands that this project adds to `kedro`."""

import click
from kedro.framework.startup import ProjectMetadata


@click.group(name="spam_classifier")
def cli() -> None:
    """The project's own commands."""


@cli.command("dvc-check")
@click.pass_obj
def dvc_check(metadata: ProjectMetadata) -> None:
    """Tell where dvc.yaml and the Kedro pipeline have drifted apart."""
    from spam_classifier.dvc_check import find_drift

    differences = find_drift(metadata.project_path)
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException("correct dvc.yaml, or the pipeline, its tags or the catalog.")
    click.echo("dvc.yaml and the Kedro pipeline agree.")
