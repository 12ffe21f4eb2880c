"""What does not fit together in a database or a table is refused with the reason and a way out."""

from collections.abc import Callable

import pytest

from tests.unit.config.test_environments import DEV, ZONE, dev

Read = Callable[[dict[str, str]], list[str]]
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "a version that RDS does not offer": (
        dev("data:\n  database: {version: '16.0'}\n"),
        [
            (
                "environments/dev.yaml:6: data.database.version: RDS does not offer postgres 16.0, write 16.15, "
                "or a version that `aws rds describe-db-engine-versions` lists"
            )
        ],
    ),
    "an engine's version for another engine": (
        dev("data:\n  database: {engine: mysql, version: '17.11'}\n"),
        [
            (
                "environments/dev.yaml:6: data.database.version: RDS does not offer mysql 17.11, write 8.4.11, "
                "or a version that `aws rds describe-db-engine-versions` lists"
            )
        ],
    ),
    "versions that RDS offers, or may offer by now": (
        dev("data:\n  database: {version: '17'}\n")
        | {"environments/qa.yaml": (DEV + ZONE).replace("dev.", "qa.") + "data:\n  database: {version: '17.99'}\n"},
        [],
    ),
    "an upgrade from no major version": (
        dev("data:\n  database: {version: '17.11', upgrade_from: '16.4'}\n"),
        [
            (
                "environments/dev.yaml:6: data.database.upgrade_from: is not a major version of postgres, "
                "write one such as 17"
            )
        ],
    ),
    "an upgrade to the same major version": (
        dev("data:\n  database: {engine: mysql, upgrade_from: '8.4'}\n"),
        [
            (
                "environments/dev.yaml:6: data.database.upgrade_from: 8.4 is not older than the version 8.4.11, so this is "
                "not a major upgrade, remove it, or write a newer version"
            )
        ],
    ),
    "indexes that contradict their table": (
        dev(
            "data:\n  tables:\n    items:\n      partition_key: {name: id}\n      indexes:\n"
            "        by-owner: {partition_key: {name: owner}, sort_key: {name: id, type: N}}\n"
            "        by-day: {partition_key: {name: day}, sort_key: {name: day}}\n"
        ),
        [
            (
                "environments/dev.yaml:10: data.tables.items.indexes.by-owner.sort_key.type: id is N here and S in another "
                "key of the table, write S, or another attribute"
            ),
            (
                "environments/dev.yaml:11: data.tables.items.indexes.by-day.sort_key.name: is the partition key of the index "
                "as well, name another attribute, or remove sort_key"
            ),
        ],
    ),
    "more indexes than a table takes": (
        dev(
            "data:\n  tables:\n    items:\n      indexes:\n"
            + "".join(f"        by-{n}: {{partition_key: {{name: a{n}}}}}\n" for n in range(21))
        ),
        [
            "environments/dev.yaml:8: data.tables.items.indexes: has 21 indexes, and DynamoDB takes 20 for a table, remove some"
        ],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_data_must_fit_together(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """What AWS would refuse of a database or table is refused here, at its line."""
    assert mistakes(files) == lines
