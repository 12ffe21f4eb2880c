"""Renders a snapshot: one section for each part, so that only changed parts are sent again. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.demo.cloud.snapshot import EnvironmentSnapshot, Group, LogSnapshot, Service, Stack, Task
from bot.workspace.page.messages import local_zone
from bot.workspace.render.markup import Html, div, join, span, tag
from generator.release.audit import Entry
from generator.release.model.log_records import Summary
from generator.release.model.observed import Alarm, StackEvent

_GOOD = {
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE",
    "succeeded",
    "healthy",
    "OK",
    "SUCCESSFUL",
    "RUNNING",
    "HEALTHY",
}  # fmt: skip
_BAD = ("FAILED", "ROLLBACK", "failed", "rolled back", "unhealthy", "ALARM", "STOPPED", "UNHEALTHY")
# Why a task ends when nothing is wrong: it was replaced.
_ORDINARY = "Scaling activity"
_QUIET = {"INSUFFICIENT_DATA", "", "rejected", "cancelled", "expired", "superseded", "unused", "draining"}


def sections(seen: EnvironmentSnapshot, now: float) -> dict[str, Html]:
    """The parts of the page by the id of their place, in their order."""
    return {
        "services": _part("Services", "as ECS and the load balancer report", _services(seen.services)),
        "alarms": _part("Alarms", _count_alarms(seen.alarms), _alarms(seen.alarms)),
        "log": _part(
            "Release log", "who requested, who approved, and the result", _releases(seen.written.releases, now)
        ),
        "stacks": _part("Stacks", "CloudFormation; every change is a change set", _stacks(seen.stacks, now)),
        "events": _part("Stack events", "newest first", _events(seen.events)),
        "chain": _part("Audit chain", _audit(seen.written), _chain(seen.written)),
    }


def tabs(handle: str, environments: Sequence[str], active: str) -> Html:
    """Links to the environments."""
    links = (
        tag(
            "a",
            {"href": f"/cloud/{handle}/{name}", "class": "tab", "aria-current": "page" if name == active else None},
            name,
        )
        for name in environments
    )
    return tag("nav", {"class": "tabs", "aria-label": "Environments"}, *links)


def page(handle: str, environments: Sequence[str], seen: EnvironmentSnapshot, now: float) -> Html:
    """The whole page of an environment."""
    parts = [
        tag("section", {"id": f"cloud-{name}", "class": f"cloud-part is-{name}", "aria-label": name}, html)
        for name, html in sections(seen, now).items()
    ]
    live = span("cloud-live", "live", title="Updated every second; read-only")
    head = div("cloud-head", tabs(handle, environments, seen.environment), live)
    where = {"data-cloud": f"/cloud/{handle}/{seen.environment}/stream"}
    return div("cloud", head, div("cloud-grid", *parts), **where)


def _part(title: str, about: str, body: Html) -> Html:
    return join([tag("h2", None, title, " ", span("about", about)), body])


def _sort(status: str) -> str:
    if status in _GOOD:
        return "good"
    if status in _QUIET:
        return "quiet"
    return "bad" if any(word in status for word in _BAD) else "busy"


def mark(status: str, shown: str = "") -> Html:
    """A status as a coloured label."""
    return span(f"mark st-{_sort(status)}", shown or status.replace("_", " ").lower() or "none")


# --- services


def _services(services: Sequence[Service]) -> Html:
    if not services:
        return _nothing("No service is running here yet.")
    return join([_service(service) for service in services])


def _service(service: Service) -> Html:
    running = [task for task in service.tasks if task.status != "STOPPED"]
    versions = sorted({task.version for task in running})
    gone = [task for task in service.tasks if task.status == "STOPPED"]
    title = div("service-name", tag("strong", None, service.name), mark(service.rollout, _rollout(service)))
    rows = [
        _tasks(
            version, [task for task in running if task.version == version], service.desired if len(versions) == 1 else 0
        )
        for version in versions
    ]
    if not rows:
        rows.append(_tasks("", [], service.desired))
    rows += [_meter("traffic", round(share), 100, f"{share:g} % to {version}") for version, share in service.traffic]
    rows += [
        _group(group, several=len(service.groups) > 1) for group in service.groups if group.targets or group.percent
    ]
    if service.reason and _sort(service.rollout) == "bad":
        rows.append(div("why", service.reason))
    rows += [_stopped(task) for task in gone if task.why and not task.why.startswith(_ORDINARY)][:2]
    return div("service", title, *rows)


def _rollout(service: Service) -> str:
    if service.back:
        gone = service.rollout in {"ROLLBACK_SUCCESSFUL", "SUCCESSFUL"} and not service.traffic
        return f"{'went' if gone else 'going'} back to {service.back}"
    stage = f": {service.stage.replace('_', ' ').lower()}" if service.stage else ""
    return f"{service.rollout.replace('_', ' ').lower() or 'no rollout'}{stage}"


def _tasks(label: str, tasks: Sequence[Task], desired: int) -> Html:
    boxes = [
        span(
            f"box st-{_sort(task.health if task.health not in {'', 'UNKNOWN'} else task.status)}",
            title=f"{task.id} {task.status} {task.health} {task.image[:19]}",
        )
        for task in tasks
    ]
    holes = [span("box st-hole") for _ in range(max(0, desired - len(tasks)))]
    up = sum(task.status == "RUNNING" for task in tasks)
    count = f"{up} of {desired} running" if up <= desired else f"{up} running"
    return div(
        "row",
        span("label", "tasks"),
        span("boxes", *boxes, *holes),
        span("count", count, " ", tag("strong", None, label)),
    )


def _group(group: Group, *, several: bool) -> Html:
    healthy = sum(target.state == "healthy" for target in group.targets)
    count = f"{healthy} of {len(group.targets)} healthy"
    count += f", {group.percent:g} % of the traffic" if several else ""
    why = next((t.reason for t in group.targets if t.state == "unhealthy" and t.reason), "")
    boxes = [span(f"box st-{_sort(target.state)}", title=f"{target.id} {target.state}") for target in group.targets]
    return div("row", span("label", "targets"), span("boxes", *boxes), span("count", count, f": {why}" if why else ""))


def _stopped(task: Task) -> Html:
    return div("why", tag("code", None, task.id[:8]), f" stopped: {task.why}")


def _meter(label: str, value: int, most: int, caption: str) -> Html:
    # A policy forbids inline styles, so the bar is an element that knows its own width.
    bar = tag("progress", {"value": value, "max": most, "aria-label": label})
    return div("row", span("label", label), span("boxes", bar), span("count", caption))


# --- alarms, stacks, events


def _count_alarms(alarms: Sequence[Alarm]) -> str:
    firing = sum(alarm.state == "ALARM" for alarm in alarms)
    return f"{firing} firing, {sum(alarm.state == 'OK' for alarm in alarms)} quiet, {len(alarms)} in all"


def _alarms(alarms: Sequence[Alarm]) -> Html:
    firing = [alarm for alarm in alarms if alarm.state == "ALARM"]
    rows = [div("why", mark("ALARM"), " ", tag("strong", None, alarm.name), f" {alarm.reason}") for alarm in firing]
    rest = [
        span(f"chip st-{_sort(alarm.state)}", alarm.name, title=f"{alarm.state}: {alarm.reason}")
        for alarm in alarms
        if alarm.state != "ALARM"
    ]
    return join([*rows, div("chips", *rest)]) if alarms else _nothing("There are no alarms.")


def _stacks(stacks: Sequence[Stack], now: float) -> Html:
    rows = [
        (tag("strong", None, stack.key.partition("/")[2]), mark(stack.status), _ago(stack.updated, now))
        for stack in stacks
        if stack.status
    ]
    return _table(("Stack", "Status", "Changed"), rows)


def _events(events: Sequence[tuple[str, StackEvent]]) -> Html:
    rows = [
        (
            _clock(event.at),
            _resource(stack, event),
            join([mark(event.status), " ", span("dim", event.reason)]),
        )
        for stack, event in events
    ]
    return _table(("At", "Resource", "What"), rows)


def _resource(stack: str, event: StackEvent) -> Html:
    whole = event.type == "AWS::CloudFormation::Stack"
    return join(
        [tag("strong", None, stack if whole else event.logical_id), " ", span("dim", "stack" if whole else stack)]
    )


# --- the release log


def _releases(releases: Sequence[Summary], now: float) -> Html:
    rows = [
        (
            tag("code", None, one.id),
            join([tag("code", None, one.commit[:12]), " ", one.subject]),
            join([mark(one.state), *([" ", span("dim", one.cause)] if one.cause and one.state != "succeeded" else [])]),
            join([one.requester, *([span("dim", f" → {', '.join(one.approvers)}")] if one.approvers else [])]),
            _ago(one.closed or one.created, now),
        )
        for one in releases
    ]
    return _table(("Release", "Version", "Went", "Requested → approved", "When"), rows)


def _audit(written: LogSnapshot) -> str:
    found = written.audit
    if found is None:
        return "could not be checked just now"
    if found.faults:
        return f"broken: {found.faults[0].chain} entry {found.faults[0].number} {found.faults[0].text}"
    return f"checked: {found.entries} entries in {found.chains} chains match {found.heads} signed heads"


def _chain(written: LogSnapshot) -> Html:
    if not written.chain:
        return _nothing("Nothing has been released yet.")
    links = [_link(entry) for entry in written.chain]
    title = tag(
        "p",
        {"class": "dim"},
        "The chain of ",
        tag("code", None, written.releases[0].id),
        ": each entry holds the hash of the entry before it.",
    )
    return join([title, tag("ol", {"class": "chain"}, *links)])


def _link(entry: Entry) -> Html:
    detail = "; ".join(f"{key}: {value}" for key, value in entry.detail.items())
    who = entry.actor.person or entry.actor.id
    hash_ = tag("code", {"title": f"{entry.hash}, after {entry.previous}"}, entry.hash[:10])
    return tag(
        "li",
        {"title": detail[:600]},
        hash_,
        " ",
        span("dim", _clock(entry.at)),
        " ",
        entry.what,
        span("dim", f" {who}"),
    )


# --- means


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    if not rows:
        return _nothing("Nothing yet.")
    top = tag("thead", None, tag("tr", None, *(tag("th", {"scope": "col"}, name) for name in head)))
    body = tag("tbody", None, *(tag("tr", None, *_cells(head, row)) for row in rows))
    return div("scroll", tag("table", {"class": "cloud-table"}, top, body))


def _cells(head: Sequence[str], row: Sequence[str]) -> Iterator[Html]:
    for name, cell in zip(head, row, strict=True):
        yield tag("td", {"data-label": name}, cell)


def _nothing(text: str) -> Html:
    return tag("p", {"class": "dim"}, text)


def _clock(at: float) -> Html:
    here = datetime.fromtimestamp(at, local_zone())
    return tag("time", {"datetime": here.isoformat(timespec="seconds")}, here.strftime("%H:%M:%S"))


def _ago(at: float, now: float) -> str:
    """A rounded age, so that an idle page does not change."""
    minutes = max(0.0, now - at) / 60
    if not at:
        return ""
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"{minutes:.0f} min ago"
    return f"{minutes / 60:.0f} h ago" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d ago"
