"""``[ENV [STACK ...]]`` on a command line: which stacks are meant."""

from collections.abc import Iterable, Sequence

from generator.errors import UsageError


class Selection:
    """The stacks that ``only`` names: all for nothing, else those of a group, or some of them.

    Raises:
        UsageError: an unknown group or stack, each with the nearest name.
    """

    def __init__(self, only: Sequence[str], keys: Iterable[str]) -> None:
        self._group = f"{only[0]}/" if only else ""
        self._names = frozenset(only[1:])
        if not only:
            return
        groups: dict[str, None] = {}
        there: list[str] = []
        for key in keys:
            group, _, name = key.partition("/")
            groups[group] = None
            if group == only[0]:
                there.append(name)
        if not there:
            raise UsageError(unknown("environment", only[0], list(groups)))
        wrong = [unknown(f"stack of {only[0]}", name, there) for name in only[1:] if name not in there]
        if wrong:
            raise UsageError("\n".join(wrong))

    def __contains__(self, key: object) -> bool:
        """Whether the stack ``GROUP/STACK`` is meant."""
        return (
            isinstance(key, str)
            and key.startswith(self._group)
            and (not self._names or key.partition("/")[2] in self._names)
        )


def unknown(what: str, name: str, names: Sequence[str]) -> str:
    """``no environment is called 'prd'; did you mean prod?``."""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    return f"no {what} is called {name!r}; {hint}"
