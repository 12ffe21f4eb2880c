"""A resource and the calls to its service: every operation gets the id, the constants and the properties that it takes."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from generator.sandbox.providers import api_calls
from generator.sandbox.providers.expressions import evaluated, is_text
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context
    from generator.sandbox.providers.table import Props
    from generator.sandbox.providers.type_facts import TypeFacts


class ApiResource:
    """One resource in one operation of CloudFormation.

    Args:
        ctx: Where the operation happens.
        facts: The table of the type and what the schema adds to it.
        props: The properties of the template.
        physical_id: The id; "" before the resource is there.
        old: The properties before an update.
    """

    def __init__(
        self, ctx: Context, facts: TypeFacts, props: Props, physical_id: str = "", old: Props | None = None
    ) -> None:
        self.ctx, self.facts, self.table = ctx, facts, facts.table
        self.props, self.id, self.old = props, physical_id, old or {}

    # What a type with a surprise does otherwise.

    def said(self, props: Props) -> Props:
        """The properties in the API's shape, where the table's renaming and expressions are not enough."""
        return props

    def id_of(self, answer: Mapping[str, Any]) -> str:
        """The physical id, from what the create operation answered."""
        if self.table.id:
            return str(evaluated(self.table.id, self.scope(self.props, answer)))
        return api_calls.value_of(answer, self.key()) or str(self.props.get(self.facts.name))

    def identity(self) -> dict[str, Any]:
        """The members that take the id, its parts, or what else an operation needs to know the resource."""
        name, key = self.facts.name, self.key()
        found = {self.api(each): self.props[each] for each in self.facts.parents if each in self.props}
        # From the end: an id such as `bus|rule` has its first part only where that is not the default.
        found |= dict(zip(reversed(key.split("|")), reversed(self.id.split("|")), strict=False))
        if name in self.facts.identifiers and "|" not in key:
            found |= dict.fromkeys((name, self.api(name)), self.id)
        return found

    def find(self) -> Props:
        """The resource as its service shows it.

        Raises:
            ResourceFailure: Code `NotFound`: it is not there, or in a state in which it is gone.
            ClientError: The service refused.
        """
        table = self.table
        try:
            answer = self.call(table.read)
        except ClientError as error:
            if api_calls.is_missing(error) or api_calls.code_of(error) == table.gone:
                raise self.absent() from error
            raise
        found = api_calls.content_of(self.ctx, table.service, table.read) if table.found is None else table.found
        rows = evaluated(found, answer) if found else answer
        state, _, dead = table.dead.partition("=")
        for row in filter(self._is_it, rows) if isinstance(rows, list) else [rows or {}]:
            if row and str(row.get(state)).lower() not in dead.split("|"):
                lock, _, path = table.lock.partition("=")
                return {**row, lock: evaluated(path or lock, {**answer, **row})} if lock else dict(row)
        raise self.absent()

    # The parts that the above are made of.

    def there(self) -> bool:
        """Whether it is there."""
        try:
            self.find()
        except ResourceFailure as failure:
            if failure.code != "NotFound":
                raise
            return False
        return True

    def absent(self) -> ResourceFailure:
        """The failure when it is not there."""
        text = f"Resource of type '{self.table.type_name}' with identifier '{self.id}' was not found."
        return ResourceFailure(text, "NotFound")

    def taken(self, name: str) -> ResourceFailure:
        """The failure when one of that name is there already."""
        text = f"Resource of type '{self.table.type_name}' with identifier '{name}' already exists."
        return ResourceFailure(text, "AlreadyExists")

    def key(self) -> str:
        """The member that takes the id: the table's, or the one that the delete operation requires."""
        if self.table.key:
            return self.table.key
        known = {self.api(name).lower() for name in (*self.facts.parents, *self.table.always)}
        wanted = api_calls.required_of(self.ctx, self.table.service, self.table.delete)
        return next((name.removesuffix("s") for name in wanted if name.lower() not in known), self.facts.name)

    def api(self, name: str) -> str:
        """The API's name of a property."""
        return self.table.renames.get(name, name)

    def scope(self, *layers: Mapping[str, Any]) -> dict[str, Any]:
        """What an expression of the table knows."""
        place = {"account": self.ctx.account, "region": self.ctx.region, "token": str(uuid.uuid4())}
        own = {"id": self.id, "name": re.split("[:/|]", self.id)[-1], "said": self.props}
        return {key: value for layer in (*layers, place, own) for key, value in layer.items()}

    def arguments(self, operation: str, props: Props) -> dict[str, Any]:
        """Those of the properties that an operation takes, by the API's names."""
        table, said = self.table, self.said(props)
        if operation == table.update != table.create:
            said = self.facts.without_fixed(said)
        named = {self.api(name): value for name, value in said.items() if name != table.tags.property}
        scope = self.scope(said) | {"said": props, "old": self.old}
        sent = {name: evaluated(expression, scope) for name, expression in table.sent.items()}
        return self.fitting(operation, named | sent)

    def call(self, operation: str, /, **said: Any) -> dict[str, Any]:
        """An operation with what is said, and of the table's constants and the resource's id what it takes.

        One that lists all resources of the type, since it takes nothing of the id, is asked for every page.
        """
        takes, scope = self.takes(operation), self.scope(self.props)
        constants = {
            name: evaluated(value, scope) if isinstance(value, str) and is_text(value) else value
            for name, value in self.table.always.items()
        }
        which: dict[str, Any] = {}
        for name, value in self.identity().items() if self.id else ():
            spelt = (name, f"{name}s") if {name.lower(), f"{name}s".lower()} & takes.keys() else (f"{name}Prefix",)
            which |= dict.fromkeys(spelt, value)
        which = self.fitting(operation, which)
        ask = api_calls.pages if operation == self.table.read and not which else api_calls.call
        return ask(self.ctx, self.table.service, operation, **self.fitting(operation, constants) | said | which)

    def takes(self, operation: str) -> dict[str, str]:
        """The members that an operation takes, by their names in small letters."""
        return api_calls.members_of(self.ctx, self.table.service, operation)

    def fitting(self, operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that an operation takes, by its names."""
        takes = self.takes(operation)
        return {takes[name.lower()]: value for name, value in values.items() if name.lower() in takes}

    def lock(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The version that an update or a deletion is of, for services that want it."""
        member = self.table.lock.partition("=")[0]
        return {member: found[member]} if member else {}

    def _is_it(self, row: Mapping[str, Any]) -> bool:
        if self.table.match:
            shown, said = (str(evaluated(self.table.match, self.scope(values))) for values in (row, self.props))
            return shown.lower() == said.lower()
        return any(isinstance(value, str) and value in {self.id, self.id.rpartition("|")[2]} for value in row.values())
