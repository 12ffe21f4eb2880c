"""Telling others what happens to stacks: EventBridge, and the SNS topics that a stack notifies.

Sources: AWS CloudFormation User Guide, "Manage CloudFormation events using Amazon EventBridge"; API Reference,
`CreateStack`: NotificationARNs, and the text of a stack event's notification.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.operation_run import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.model import Event, Stack

_log = logging.getLogger(__name__)


class Notice(NamedTuple):
    """An event with what EventBridge says of its stack."""

    account: str
    region: str
    stack_id: str
    stack_name: str
    topics: tuple[str, ...]
    event: Event

    @property
    def of_stack(self) -> bool:
        """Whether it is about the stack itself."""
        return self.event.type == STACK_TYPE and self.event.physical_id == self.stack_id


class Notices:
    """Passes events on in their order, on a thread of its own, so that no operation waits for a listener.

    Args:
        listeners: Each is called with every notice; a failure is logged and harms nobody.
    """

    def __init__(self, *listeners: Callable[[Notice], None]) -> None:
        self._listeners = listeners
        self._queue: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, stack: Stack, event: Event) -> None:
        """Pass an event on, soon."""
        notice = Notice(stack.account, stack.region, stack.stack_id, stack.name, tuple(stack.notification_arns), event)
        self._queue.put(notice)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cloudformation notices", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            notice = self._queue.get()
            for listener in self._listeners:
                try:
                    listener(notice)
                except Exception:  # noqa: BLE001 - a listener harms no operation
                    _log.exception("an event of %s could not be passed on", notice.stack_name)


def to_event_bridge(notice: Notice) -> None:
    """Put the event on the account's default bus."""
    from generator.sandbox.ecs.service_events import Resource, Where, stack_event

    event = notice.event
    resource = None if notice.of_stack else Resource(event.logical_id, event.physical_id, event.type)
    stack_event(
        Where(notice.account, notice.region, notice.stack_id), event.status, event.reason, event.token, resource
    )


def to_topics(client: Callable[[str, str], Any]) -> Callable[[Notice], None]:
    """Publish the event to the stack's topics, in the form `Name='value'` of CloudFormation's notifications.

    Args:
        client: Gives the SNS client of an account and region.
    """

    def publish(notice: Notice) -> None:
        for topic in notice.topics:
            client(notice.account, notice.region).publish(
                TopicArn=topic, Subject="AWS CloudFormation Notification", Message=message(notice)
            )

    return publish


def message(notice: Notice) -> str:
    """The text of a notification."""
    event = notice.event
    rows = {
        "StackId": notice.stack_id,
        "Timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "EventId": event.event_id,
        "LogicalResourceId": event.logical_id,
        "Namespace": notice.account,
        "PhysicalResourceId": event.physical_id,
        "ResourceProperties": event.properties,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceType": event.type,
        "StackName": notice.stack_name,
        "ClientRequestToken": event.token,
    }
    return "".join(f"{key}='{value}'\n" for key, value in rows.items())
