"""Every private name of ministack with which its state is saved, loaded and forgotten, as `ministack_server` has the rest."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from generator.sandbox.server.snapshot import ADVICE, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger(__name__)


def states(included: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """`ministack.app._build_persistence_save_dict`, `persistence._json_default`: the state of the services chosen by key.

    Call it on the event loop: the services change their state there. A service whose state can't be written is logged.
    """
    from ministack import app as server
    from ministack.core import persistence

    for key, state in server._build_persistence_save_dict().items():  # noqa: SLF001 - the point of this file
        if included(key) and (found := state()) is not None:
            version = persistence._state_format_version(key)  # noqa: SLF001 - the point of this file
            try:
                text = json.dumps(
                    {"__ministack_format__": version, "payload": found},
                    default=persistence._json_default,  # noqa: SLF001 - the point of this file
                )
            except (TypeError, ValueError):
                _log.exception("the state of %s can't be saved", key)
                continue
            yield key, text.encode()


def load(read: Callable[[str], bytes | None]) -> None:
    """`ministack.app._state_map`, `_get_module`, `persistence._json_object_hook`: give every service its saved state.

    Args:
        read: The saved state by key, or None.

    Raises:
        Unreadable: A state is not what this ministack saves; the text names the service.
    """
    from ministack import app as server
    from ministack.core import persistence

    for key, module in server._state_map.items():  # noqa: SLF001 - the point of this file
        data = read(key)
        if data is None:
            continue
        try:
            found = json.loads(data, object_hook=persistence._json_object_hook)  # noqa: SLF001
            newer = found["__ministack_format__"] > persistence._state_format_version(key)  # noqa: SLF001
            if found["payload"] and not newer:
                server._get_module(module).load_persisted_state(found["payload"])  # noqa: SLF001
        except Exception as error:
            raise Unreadable(
                f"the saved state of {key} is not what this ministack saves ({error!r}). {ADVICE}"
            ) from error
        if newer:
            raise Unreadable(f"the state of {key} was saved by a newer ministack. {ADVICE}")


def leave_saving_to(save: Callable[[], None]) -> None:
    """Let ministack neither load its state nor save it; `save` is called when it would save at the end.

    Patches `ministack.app._load_persisted_state` and `save_all`, which its lifespan calls on the event loop.
    """
    from ministack import app as server

    server._load_persisted_state = lambda: None  # noqa: SLF001 - the point of this file
    server.save_all = lambda _services: save()


def reset() -> None:
    """`ministack.app._reset_all_state`: forget everything. Call it on the event loop."""
    from ministack import app as server

    server._reset_all_state()  # noqa: SLF001 - the point of this file
