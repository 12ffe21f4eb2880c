"""Runs a `ResourceTable`: makes, changes, removes and reads a resource of its type through its service's API.

A type with a surprise is a class of its own beside its table, which does that one step otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from generator.sandbox.providers.api_calls import call, content_of, flag, members_of, named_as, value_of
from generator.sandbox.providers.api_provider import code_of, picked, unless
from generator.sandbox.providers.expressions import evaluated, is_text
from generator.sandbox.providers.old_table_tags import TaggedProvider
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import register
from generator.sandbox.providers.tags import tag_member

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.sandbox.providers.old_table import Members, ResourceTable, Setting
    from generator.sandbox.providers.provider import Context

Props = dict[str, Any]


class TableProvider(TaggedProvider):
    """The provider of the type that a table describes."""

    def make(self, ctx: Context, props: Props) -> Created:
        """The create operation, then the settings, members and tags that it does not take."""
        table = self.table
        props = self.named(ctx, props)
        if table.overwrites and self.there(ctx, self.id_of(ctx, props, {}), props):
            raise self.taken(self.id_of(ctx, props, {}))
        said = self.arguments(ctx, table.create, props)
        at_once = table.tags.add and tag_member(members_of(ctx, table.service, table.create).values())
        if at_once:
            said[at_once] = self.wanted_tags(ctx, props) or None
        answer = self.call(ctx, table.create, "", props, said)
        physical_id = self.id_of(ctx, props, answer)
        ctx.initiated(physical_id)
        self.settle(ctx, table.create, physical_id, {}, props)
        if table.tags.add and not at_once:
            self.retag(ctx, physical_id, {}, props, {})
        return self.created(ctx, physical_id, props)

    def change(self, ctx: Context, physical_id: str, old: Props, new: Props) -> Created:
        """The update operation if it takes what differs, then settings, members and tags."""
        table, found = self.table, self.find(ctx, physical_id, new)
        if table.update:
            left = {name: value for name, value in table.defaults.items() if name in old}
            before, after = (self.arguments(ctx, table.update, props) for props in (old, left | new))
            if before != after:
                said = {k: v for k, v in after.items() if v != before.get(k)} if table.differing else after
                self.call(ctx, table.update, physical_id, new, said | self._locked(found))
        self.settle(ctx, table.update, physical_id, old, new)
        if table.tags.add:
            self.retag(ctx, physical_id, old, new, found)
        return self.created(ctx, physical_id, new)

    def remove(self, ctx: Context, physical_id: str, props: Props) -> None:
        """The delete operation, without the members that must go before."""
        lock = self._locked(self.find(ctx, physical_id, props)) if self.table.lock[0] else {}
        for members in self.table.members:
            if members.first:
                self._exchange(ctx, members, physical_id, props, {})
        self.call(ctx, self.table.delete, physical_id, props, lock)

    def look(self, ctx: Context, physical_id: str, props: Props) -> Props:
        """The read operation, and those of the settings and tags that the template has."""
        table, found = self.table, self.find(ctx, physical_id, props)
        scope = self.scope(ctx, physical_id, {}, found)
        shown = {name.lower(): value for name, value in found.items()}
        readers = {setting.property: setting for setting in table.settings if setting.read}
        live: Props = {}
        for name in props.keys() & self.known:
            if name in table.live:
                live[name] = evaluated(table.live[name], scope)
            elif name in table.untold.split():
                live[name] = props[name]
            elif name in readers:
                live[name] = self._read(ctx, readers[name], physical_id, props)
            else:
                live[name] = shown.get(self._api(name).lower(), shown.get(name.lower()))
        if table.seen:
            live |= table.seen(found, props)
        live = named_as(props, live)
        if table.tags.property in props:
            live[table.tags.property] = self.live_tags(ctx, physical_id, props, found)
        return live

    # What a type with a surprise does otherwise.

    def named(self, ctx: Context, props: Props) -> Props:
        """The properties with a name, generated if the template has none."""
        table = self.table
        if not table.name:
            return props
        tail = ".fifo" if flag(props.get(table.fifo)) else ""
        name = str(props.get(table.name) or generated_name(ctx, limit=table.limit - len(tail)) + tail)
        return {**props, table.name: name.lower() if table.lower else name}

    def id_of(self, ctx: Context, props: Props, answer: Mapping[str, Any]) -> str:
        """The physical id of what the create operation answered."""
        table, scope = self.table, {**props, **answer, "account": ctx.account, "region": ctx.region}
        held = value_of(answer, table.key.partition("/")[0]) if table.key and not table.id else None
        return str(held or evaluated(table.id or table.name, scope))

    def identity(self, physical_id: str, props: Props) -> dict[str, str]:
        """The members that take the id or its parts."""
        del props
        pairs = zip((self.table.key or self.table.name).split("|"), physical_id.split("|"), strict=False)
        return {name: part for key, part in pairs for name in key.split("/")}

    def find(self, ctx: Context, physical_id: str, props: Props) -> dict[str, Any]:
        """The resource as its service shows it.

        Raises:
            ResourceFailure: Code `NotFound`: it is not there, or in a state in which it is gone.
            ClientError: The service says so itself.
        """
        table = self.table
        answer = self.call(ctx, table.read, physical_id, props)
        found = content_of(ctx, table.service, table.read) if table.found is None else table.found
        rows = evaluated(found, answer) if found else answer
        state, _, dead = table.dead.partition("=")
        for row in rows if isinstance(rows, list) else [rows or {}]:
            matches = not table.match or evaluated(table.match, row) in {physical_id, physical_id.rpartition("|")[2]}
            if row and matches and str(row.get(state)).lower() not in dead.split("|"):
                lock, path = table.lock
                return {**row, lock: evaluated(path, answer)} if lock else dict(row)
        raise self.absent(physical_id)

    def created(self, ctx: Context, physical_id: str, props: Props) -> Created:
        """The resource's id and the values of `Fn::GetAtt`."""
        attributes = self.table.attributes
        reads = not all(map(is_text, attributes.values()))
        scope = self.scope(ctx, physical_id, props, self.find(ctx, physical_id, props) if reads else {})
        values = {name: evaluated(expression, scope) for name, expression in attributes.items()}
        return Created(physical_id, {name: value for name, value in values.items() if value is not None})

    # The parts that the above are made of.

    def there(self, ctx: Context, physical_id: str, props: Props) -> bool:
        """Whether a resource of that id is there."""
        try:
            self.find(ctx, physical_id, props)
        except ClientError as error:
            if code_of(error) in self.gone:
                return False
            raise
        except ResourceFailure:
            return False
        return True

    def arguments(self, ctx: Context, operation: str, props: Props) -> dict[str, Any]:
        """Those of the properties that an operation takes, by the API's names."""
        takes = members_of(ctx, self.table.service, operation)
        said = self.table.said(props) if self.table.said else props
        return {
            takes[self._api(name).lower()]: value
            for name, value in said.items()
            if self._api(name).lower() in takes and name != self.table.tags.property
        }

    def call(
        self,
        ctx: Context,
        operation: str,
        physical_id: str,
        props: Props,
        said: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """An operation with what is said, and of the constants and the id what it takes."""
        table, scope = self.table, self.scope(ctx, physical_id, props, {})
        constants = {
            name: evaluated(value, scope) if isinstance(value, str) and is_text(value) else value
            for name, value in table.always.items()
        }
        which: dict[str, Any] = {}
        if physical_id:
            which = {self._api(name): props[name] for name in table.beside.split() if name in props}
            which |= self.identity(physical_id, props)
            which |= {f"{name}s": value for name, value in which.items()}
        sent = self._fitting(ctx, operation, constants) | dict(said or {}) | self._fitting(ctx, operation, which)
        return call(ctx, table.service, operation, **sent)

    def _fitting(self, ctx: Context, operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
        takes = members_of(ctx, self.table.service, operation)
        return {takes[name.lower()]: value for name, value in values.items() if name.lower() in takes}

    def _locked(self, found: Mapping[str, Any]) -> dict[str, Any]:
        lock = self.table.lock[0]
        return {lock: found[lock]} if lock else {}

    def _api(self, name: str) -> str:
        return self.table.renames.get(name, name)

    def settle(self, ctx: Context, operation: str, physical_id: str, old: Props, new: Props) -> None:
        """The settings and members that an operation has not taken."""
        takes = members_of(ctx, self.table.service, operation) if operation else {}
        creates = operation == self.table.create != self.table.update
        for setting in self.table.settings:
            names = (setting.property, *setting.along.split())
            taken = self._api(setting.property).lower() in takes or (setting.at_once and creates)
            if setting.put and not taken and picked(old, *names) != picked(new, *names):
                self._set(ctx, setting, physical_id, new)
        for members in self.table.members:
            if members.property.lower() not in takes:
                self._exchange(ctx, members, physical_id, old, new)

    def _set(self, ctx: Context, setting: Setting, physical_id: str, new: Props) -> None:
        said = self.table.said(new) if self.table.said else new
        along = picked(said, *setting.along.split()) | self._fitting(ctx, setting.put, setting.always)
        value = said.get(setting.property, setting.default)
        if setting.clear and setting.property not in new:
            with unless(*self.gone, *setting.none.split()):
                self.call(ctx, setting.clear, physical_id, new)
        elif setting.off and not flag(value):
            self.call(ctx, setting.off, physical_id, new)
        elif setting.off:
            self.call(ctx, setting.put, physical_id, new, along)
        elif value is not None:
            told = setting.convert(value) if setting.convert and setting.property in new else value
            name = setting.argument or self._api(setting.property)
            self.call(ctx, setting.put, physical_id, new, {name: told, **along})

    def _read(self, ctx: Context, setting: Setting, physical_id: str, props: Props) -> Any:
        with unless(*setting.none.split()):
            always = self._fitting(ctx, setting.read, setting.always)
            return evaluated(setting.path, self.call(ctx, setting.read, physical_id, props, always))
        return evaluated(setting.path, {})

    def _exchange(self, ctx: Context, members: Members, physical_id: str, old: Props, new: Props) -> None:
        before, after = old.get(members.property) or [], new.get(members.property) or []
        kept = [item[members.by] if members.by else item for item in after]
        for item in before:
            if (item[members.by] if members.by else item) not in kept:
                with unless(*self.gone):
                    self._one(ctx, members, members.remove, physical_id, item)
        for item in after:
            if item not in before:
                self._one(ctx, members, members.add, physical_id, item)

    def _one(self, ctx: Context, members: Members, operation: str, physical_id: str, item: Any) -> None:
        said = {members.argument: item} if members.argument else self._fitting(ctx, operation, item)
        self.call(ctx, operation, physical_id, {}, said)


def register_tables(*tables: ResourceTable) -> None:
    """Let `TableProvider` run these tables."""
    for table in tables:
        register(table.type_name, TableProvider(table))


def surprising(table: ResourceTable) -> Callable[[type[TableProvider]], type[TableProvider]]:
    """Let a class run this table, for types of which some step is done otherwise."""

    def registered(provider: type[TableProvider]) -> type[TableProvider]:
        register(table.type_name, provider(table))
        return provider

    return registered
