"""What an environment keeps: versions that RDS offers, upgrades, keys and indexes of tables."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from generator.config.problems import Path as Key
from templates.params.data import MAX_INDEXES, Data, Database, Table

Found = tuple[tuple[Key, ...], str, str]
DATA = Path(__file__).parents[1] / "data" / "rds_versions.json"
# How many numbers of a version name a major one: 17 and 8.4.
MAJOR = {"postgres": 1, "mysql": 2}
_DATABASE: Key = ("data", "database")


def data_problems(data: Data) -> Iterator[Found]:
    """Yield what is wrong with the database and the tables of one environment."""
    database = data.database
    if database is not None:
        yield from _storage(database)
        if database.version is not None and (found := _version(database.engine, database.version)):
            yield ((*_DATABASE, "version"),), *found
        elif database.upgrade_from is not None:
            yield from _upgrade(database)
    for name, table in data.tables.items():
        yield from _table(("data", "tables", name), table)


def _storage(database: Database) -> Iterator[Found]:
    if database.max_storage_gb < database.storage_gb * 1.1:
        # Amazon RDS User Guide, Managing capacity automatically with storage autoscaling.
        problem = (
            f"max_storage_gb ({database.max_storage_gb}) leaves storage_gb ({database.storage_gb}) no room to grow"
        )
        fix = f"write max_storage_gb of at least {-(-database.storage_gb * 11 // 10)}"
        yield ((*_DATABASE, "max_storage_gb"), (*_DATABASE, "storage_gb")), problem, fix


@cache
def offered() -> dict[str, list[str]]:
    """Engine to the versions that RDS has offered, by the table that ``python -m tests.aws_tables`` writes."""
    rows: dict[str, list[str]] = json.loads(DATA.read_bytes())["rows"]
    return rows


def numbers(version: str) -> tuple[int, ...]:
    """``17.11`` as (17, 11)."""
    return tuple(int(part) for part in version.split("."))


def _version(engine: str, version: str) -> tuple[str, str] | None:
    """Minor versions that are newer than the table are taken: RDS adds them between two versions of Slipway."""
    mine, width = numbers(version), MAJOR[engine]
    known = [numbers(each) for each in offered()[engine]]
    majors = {each[:width] for each in known if len(each) >= width}
    if mine in known or mine[:width] in {m[: len(mine)] for m in majors if len(mine) <= width}:
        return None
    same = [each for each in known if each[:width] == mine[:width]]
    if same and mine > max(same):
        return None
    newest = max(same or known)
    text = ".".join(map(str, newest))
    return (
        f"RDS does not offer {engine} {version}",
        f"write {text}, or a version that `aws rds describe-db-engine-versions` lists",
    )


def _upgrade(database: Database) -> Iterator[Found]:
    width = MAJOR[database.engine]
    old, new = database.upgrade_from or "", database.runs
    if len(numbers(old)) != width or old not in {
        ".".join(map(str, numbers(v)[:width])) for v in offered()[database.engine]
    }:
        example = ".".join(new.split(".")[:width])
        yield (
            ((*_DATABASE, "upgrade_from"),),
            f"is not a major version of {database.engine}",
            f"write one such as {example}",
        )
    elif numbers(old) >= numbers(new)[:width]:
        problem = f"{old} is not older than the version {new}, so this is not a major upgrade"
        yield ((*_DATABASE, "upgrade_from"), (*_DATABASE, "version")), problem, "remove it, or write a newer version"


def _table(path: Key, table: Table) -> Iterator[Found]:
    if table.sort_key is not None and table.sort_key.name == table.partition_key.name:
        yield (
            ((*path, "sort_key", "name"),),
            "is the partition key as well",
            "name another attribute, or remove sort_key",
        )
    keys = {table.partition_key.name, table.sort_key.name if table.sort_key else ""}
    if table.ttl_attribute in keys:
        yield (
            ((*path, "ttl_attribute"),),
            "is a key of the table",
            "name another attribute, which holds seconds since 1970",
        )
    if len(table.indexes) > MAX_INDEXES:
        problem = f"has {len(table.indexes)} indexes, and DynamoDB takes {MAX_INDEXES} for a table"
        yield ((*path, "indexes"),), problem, "remove some"
    types = {key.name: key.type for key in (table.partition_key, table.sort_key) if key is not None}
    for name, index in table.indexes.items():
        for part, key in (("partition_key", index.partition_key), ("sort_key", index.sort_key)):
            if key is not None and types.setdefault(key.name, key.type) != key.type:
                problem = f"{key.name} is {key.type} here and {types[key.name]} in another key of the table"
                yield (
                    ((*path, "indexes", name, part, "type"),),
                    problem,
                    f"write {types[key.name]}, or another attribute",
                )
        if index.sort_key is not None and index.sort_key.name == index.partition_key.name:
            fix = "name another attribute, or remove sort_key"
            yield ((*path, "indexes", name, "sort_key", "name"),), "is the partition key of the index as well", fix
