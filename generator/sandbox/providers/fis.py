"""FIS: experiment templates. `Ref` is the template's id."""

from __future__ import annotations

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import register_tables

register_tables(
    ResourceTable(
        "AWS::FIS::ExperimentTemplate",
        "fis",
        "create_experiment_template get_experiment_template update_experiment_template delete_experiment_template",
        "Actions Description ExperimentOptions ExperimentReportConfiguration LogConfiguration RoleArn StopConditions Targets",
        key="id",
        # UpdateExperimentTemplate leaves as it is what it is not given, and takes no account targeting.
        differing=True,
        attributes={"Id": "{id}"},
        gone="ResourceNotFoundException",
        tags=Tags(read="", of="arn"),
    )
)
