"""What an environment keeps: a database, tables and buckets, each only if it is asked for."""

from troposphere import Template

from templates.data.buckets import add_bucket
from templates.data.tables import add_table
from templates.params.data import DataParams
from templates.stack import Stack


def build(p: DataParams) -> Template:
    """The data stack; see ``data_database``, ``data_tables`` and ``data_buckets`` for what each part gives."""
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: data",
        architecture="Everything that must outlive a release, apart from the services so that no rollout holds it.",
    )
    key = s.need("KeyArn", about="KMS key of the environment")
    if p.data.database:
        from templates.data.database import add_database

        add_database(s, p.data.database, key)
    for name, table in p.data.tables.items():
        made = add_table(s, name, table, key)
        if p.data.database and p.scope.protected:
            # The database is what a first create most likely fails at, and a protected table can't be rolled back.
            made.DependsOn = ["Database"]
    for name, bucket in p.data.buckets.items():
        add_bucket(s, name, bucket, key)
    return s.template
