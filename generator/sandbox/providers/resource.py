"""What CloudFormation does with a resource: creates, updates, deletes and reads it, as its table says.

A type with a surprise is a class of its own, which does that one step otherwise.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import flag, named_as, picked, unless_missing
from generator.sandbox.providers.expressions import evaluated
from generator.sandbox.providers.live_values import shaped
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.tagged_resource import TaggedResource
from generator.sandbox.providers.tags import tag_member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.table import Members, Props, Setting


class Resource(TaggedResource):
    """One resource in one operation of CloudFormation."""

    def create(self) -> Created:
        """The create operation, then the settings, members and tags that it does not take."""
        table, self.props = self.table, self.named()
        if table.overwrites:
            self.id = name = self.id_of({})
            if self.there():
                raise self.taken(name)
            self.id = ""
        said = self.arguments(table.create, self.props)
        at_once = table.tags.add and tag_member(self.takes(table.create).values())
        if at_once:
            said[at_once] = self.wanted_tags() or None
        answer = self.call(table.create, **said)
        self.id = self.id_of(answer)
        self.ctx.initiated(self.id)
        self.stabilize(answer)
        self.settle(table.create)
        if table.tags.add and not at_once:
            self.retag({})
        return self.created()

    def update(self) -> Created:
        """The update operation if it takes what differs, then settings, members and tags."""
        found = self.find()
        if self.table.update:
            self.change(found)
        self.settle(self.table.update)
        if self.table.tags.add:
            self.retag(found)
        return self.created()

    def delete(self) -> None:
        """The delete operation, after what must be set before it and the members that must go."""
        table = self.table
        if table.before_delete:
            scope = self.scope(found := self.find())
            said = {name: evaluated(expression, scope) for name, expression in table.before_delete.items()}
            self.call(table.update, **said, **self.lock(found))
        for members in table.members:
            if members.first:
                self._exchange(members, self.props, {})
        self.call(table.delete, **self.lock(self.find()) if table.lock else {})

    def read(self) -> Props:
        """The live values of what the template says; others are not compared, as CloudFormation's drift does not."""
        found, said, tags = self.find(), self.props, self.table.tags.property
        live = named_as(said, self.look(found))
        if tags in said:
            live[tags] = self.live_tags(found)
        return {
            name: shaped(name, said[name], value) for name, value in live.items() if name in said and value is not None
        }

    # What a type with a surprise does otherwise.

    def named(self) -> Props:
        """The properties with a name, generated if the template has none."""
        table, facts = self.table, self.facts
        if not facts.name:
            return self.props
        tail = ".fifo" if flag(self.props.get(table.fifo)) else ""
        name = str(self.props.get(facts.name) or generated_name(self.ctx, limit=facts.limit - len(tail)) + tail)
        return {**self.props, facts.name: name.lower() if table.lower else name}

    def stabilize(self, answer: Mapping[str, Any]) -> None:
        """Wait until what was created is stable."""

    def change(self, found: Mapping[str, Any]) -> None:
        """The update operation, if what it takes differs."""
        table = self.table
        left = {name: value for name, value in table.defaults.items() if name in self.old}
        before, after = (self.arguments(table.update, props) for props in (self.old, left | self.props))
        if before != after:
            said = {name: value for name, value in after.items() if value != before.get(name) or not table.differing}
            self.call(table.update, **said | self.lock(found))

    def settle(self, operation: str) -> None:
        """The settings and members that an operation has not taken."""
        takes = self.takes(operation) if operation else {}
        creates = operation == self.table.create != self.table.update
        for setting in self.table.settings:
            names = (setting.property, *setting.along.split())
            taken = self.api(setting.property).lower() in takes or (setting.at_once and creates)
            if setting.put and not taken and picked(self.old, *names) != picked(self.props, *names):
                self._set(setting)
        for members in self.table.members:
            if members.property.lower() not in takes:
                self._exchange(members, self.old, self.props)

    def look(self, found: Props) -> Props:
        """The properties as the service shows them, by the template's names; None for what is not set."""
        table, scope = self.table, self.scope(found)
        shown = {name.lower(): value for name, value in found.items()}
        readers = {setting.property: setting for setting in table.settings if setting.read}
        # By these it was found, so that they are as the template says them where the service does not show them.
        asked = {*self.facts.parents, *self.key().split("|")}
        live: Props = {}
        for name in self.props.keys() & {*self.facts.properties} - {table.tags.property}:
            if name in table.live:
                live[name] = evaluated(table.live[name], scope)
            elif name in table.untold.split():
                live[name] = self.props[name]
            elif name in readers:
                live[name] = self._read(readers[name])
            else:
                value = shown.get(self.api(name).lower(), shown.get(name.lower()))
                live[name] = self.props[name] if value is None and name in asked else value
        return live

    def created(self) -> Created:
        """The resource's id and the values of `Fn::GetAtt`."""
        found, values = self.find(), {}
        for name, expression in self.facts.attributes.items():
            scope = self.scope(self.props, found)
            value = evaluated(expression, scope) if expression else self.facts.shown(found, name)
            if value is not None and not isinstance(value, dict):
                values[name] = value.isoformat() if isinstance(value, datetime) else value
        return Created(self.id, values)

    # The parts that the above are made of.

    def _set(self, setting: Setting) -> None:
        said, is_set = self.said(self.props), setting.property in self.props
        along = picked(said, *setting.along.split()) | self.fitting(setting.put, setting.always)
        value = said.get(setting.property, setting.default)
        if setting.clear and not is_set:
            with unless_missing():
                self.call(setting.clear)
        elif setting.off and not flag(value):
            self.call(setting.off)
        elif setting.off:
            self.call(setting.put, **along)
        elif value is not None:
            told = evaluated(setting.value, self.scope(said)) if setting.value and is_set else value
            self.call(setting.put, **{setting.argument or self.api(setting.property): told}, **along)

    def _read(self, setting: Setting) -> Any:
        answer: dict[str, Any] = {}
        with unless_missing():
            answer = self.call(setting.read, **self.fitting(setting.read, setting.always))
        return evaluated(setting.path or self.api(setting.property), self.scope(answer))

    def _exchange(self, members: Members, old: Props, new: Props) -> None:
        before, after = old.get(members.property) or [], new.get(members.property) or []
        kept = [item[members.by] if members.by else item for item in after]
        for item in before:
            if (item[members.by] if members.by else item) not in kept:
                with unless_missing():
                    self._one(members, members.remove, item)
        for item in after:
            if item not in before:
                self._one(members, members.add, item)

    def _one(self, members: Members, operation: str, item: Any) -> None:
        said = ({members.argument: item} if members.argument else item) | (
            {f"{members.by}s": item[members.by]} if members.by else {}
        )
        self.call(operation, **self.fitting(operation, said))
