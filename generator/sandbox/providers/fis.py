"""FIS: experiment templates. `Ref` is the template's id."""

from __future__ import annotations

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import register_tables

register_tables(
    ResourceTable(
        "AWS::FIS::ExperimentTemplate",
        "fis",
        "Actions Description ExperimentOptions ExperimentReportConfiguration LogConfiguration RoleArn StopConditions Targets",
        create="create_experiment_template",
        read="get_experiment_template",
        found="experimentTemplate",
        update="update_experiment_template",
        delete="delete_experiment_template",
        id="experimentTemplate.id",
        key="id",
        attributes={"Id": "{id}"},
        gone="ResourceNotFoundException",
        tags=Tags(read="", of="arn"),
    )
)
