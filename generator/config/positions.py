"""The second reading of a YAML file, for files with mistakes: values with positions, and what is wrong with the text."""

from typing import Any

from msgspec import Struct
from yaml import (
    AliasEvent,
    CBaseLoader,
    MappingEndEvent,
    MappingStartEvent,
    MarkedYAMLError,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)

from generator.config.file_errors import Mistake, syntax_mistake
from generator.config.problems import Path
from generator.config.yaml_reader import MAX_DEPTH, NO_TAG, SuspectError, scalar

# An alias repeats the value of its anchor; all of them together may add this many values to a file.
MAX_ALIASED = 1000


class Node(Struct):
    """A value with its position. ``value`` is a dict of :class:`Entry`, a list of :class:`Node` or a scalar.

    ``text`` is a scalar as it is written; ``quoted`` tells whether quotes make it text; ``ambiguous`` marks numbers
    that begin with 0. ``size`` counts the values below and including this one.
    """

    line: int
    column: int
    value: Any = None
    text: str = ""
    quoted: bool = False
    ambiguous: bool = False
    size: int = 1


class Entry(Struct, frozen=True):
    """A key's position and its value."""

    line: int
    column: int
    node: Node


class Tree:
    """One document, read as far as its syntax allows. ``root`` is None when that is not to the end."""

    def __init__(self, data: bytes) -> None:
        self.mistakes: list[Mistake] = []
        self.root: Node | None = None
        self._open: list[Node] = []
        self._keys: list[tuple[str, int, int] | None] = []
        self._anchors: dict[str, Node | None] = {}
        self._names: list[str | None] = []
        self._aliased = 0
        try:
            self._read(CBaseLoader(data))
        except MarkedYAMLError as error:
            self.mistakes.append(syntax_mistake(data, error))
        except (YAMLError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            self.mistakes.append(Mistake((), 1, 1, f"is not readable as YAML ({reason})", "remove control characters"))

    def plain(self) -> Any:
        """The document as dicts, lists and scalars."""
        return plain_value(self.root) if self.root else None

    def _path(self) -> Path:
        path: list[str | int] = []
        for node, key in zip(self._open, self._keys, strict=True):
            if isinstance(node.value, list):
                path.append(len(node.value))
            elif key is not None:
                path.append(key[0])
        return tuple(path)

    def _mistake(self, event: Any, problem: str, fix: str) -> None:
        mark = event.start_mark
        path = self._path()
        self.mistakes.append(Mistake(path, mark.line + 1, mark.column + 1, problem, fix, path))

    def _read(self, parser: CBaseLoader) -> None:
        parser.get_event()
        if type(parser.peek_event()).__name__ == "StreamEndEvent":
            self.root = Node(1, 1)
            return
        parser.get_event()
        top: Node | None = None
        while True:
            event: Any = parser.get_event()
            kind = type(event)
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                node = self._close()
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if not self._start(event, {} if kind is MappingStartEvent else []):
                    return
                continue
            elif kind is ScalarEvent or kind is AliasEvent:
                if self._wants_key():
                    self._key(event)
                    continue
                node = self._alias(event) if kind is AliasEvent else self._scalar(event)
            else:
                break
            if self._open:
                self._put(node)
            else:
                top = node
        following = parser.get_event()
        if type(following).__name__ != "StreamEndEvent":
            self._mistake(following, "a second document begins here", "keep one document in a file and remove `---`")
            return
        self.root = top

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._keys[-1] is None

    def _start(self, event: Any, value: Any) -> bool:
        if self._wants_key():
            self._mistake(
                event,
                "a list or mapping is used as a key",
                "write a plain key, or quote text that begins with [ or {",
            )
            return False
        if len(self._open) >= MAX_DEPTH:
            self._mistake(
                event,
                f"is nested deeper than {MAX_DEPTH} levels",
                "write what `slipway schema` describes; nothing there is that deep",
            )
            return False
        self._tag(event)
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1, value)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._names.append(event.anchor)
        self._open.append(node)
        self._keys.append(None)
        return True

    def _close(self) -> Node:
        node = self._open.pop()
        self._keys.pop()
        name = self._names.pop()
        if name is not None:
            self._anchors[name] = node
        return node

    def _put(self, node: Node) -> None:
        parent = self._open[-1]
        parent.size += node.size
        if isinstance(parent.value, list):
            parent.value.append(node)
            return
        key = self._keys[-1]
        self._keys[-1] = None
        if key is not None:
            parent.value.setdefault(key[0], Entry(key[1], key[2], node))

    def _key(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, AliasEvent):
            self._keys[-1] = (f"*{event.anchor}", line, column)
            self._mistake(event, "an alias is used as a key", "write the key out")
            return
        name = event.value
        first = self._open[-1].value.get(name)
        self._keys[-1] = (name, line, column)
        if first is not None:
            path = self._path()
            problem = f"is written twice, first on line {first.line}"
            self.mistakes.append(Mistake(path, line, column, problem, "keep one of the two"))
        elif name == "<<" and event.implicit[0]:
            self._mistake(event, "merge keys are not supported", "write the keys out")
        else:
            self._tag(event)

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._mistake(event, f"no anchor &{event.anchor} ends before this alias", "write the value out")
            return Node(event.start_mark.line + 1, event.start_mark.column + 1)
        self._aliased += node.size
        if self._aliased > MAX_ALIASED:
            if self._aliased - node.size <= MAX_ALIASED:
                self._mistake(event, f"aliases repeat more than {MAX_ALIASED:,} values", "write out what is needed")
            return Node(event.start_mark.line + 1, event.start_mark.column + 1)
        return node

    def _scalar(self, event: Any) -> Node:
        self._tag(event)
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1, event.value, event.value, quoted=True)
        if event.implicit[0]:
            node.quoted = False
            try:
                node.value = scalar(event.value)
            except SuspectError:
                node.ambiguous = True
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _tag(self, event: Any) -> None:
        if event.tag not in NO_TAG:
            self._mistake(event, f"the tag {event.tag} is not supported", "write the plain value without a tag")


def plain_value(node: Node) -> Any:
    """A node as dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain_value(entry.node) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain_value(item) for item in node.value]
    return node.value


def place(root: Node | None, path: Path) -> tuple[int, int, int]:
    """Line and column of ``path`` or of its nearest existing ancestor, and how many of its parts exist."""
    line = column = 1
    node, depth = root, 0
    for part in path:
        if node is None:
            break
        if isinstance(node.value, dict) and part in node.value:
            entry = node.value[part]
            line, column, node = entry.line, entry.column, entry.node
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line, column = node.line, node.column
        else:
            break
        depth += 1
    return line, column, depth
