"""What users of the released application see: a link through the load balancer, and a live graph of their requests."""

import time
from collections.abc import Callable

from aiohttp import web

from bot.demo.real_tasks import RealTasks
from bot.workspace.page.layout import Extension
from bot.workspace.render.markup import Html, tag

SPAN = 60.0
_WIDTH, _HEIGHT = 720, 160
_COLORS = ("#3b6fb6", "#2f9e6e", "#b0762a", "#7a4fb0")
_FAILED = "#d33b3b"

Buckets = list[tuple[float, list[tuple[str, bool, int]]]]


def extension(tasks: Callable[[], RealTasks | None]) -> Extension:
    """The page beside the chat. ``tasks`` answers None until there are any."""

    def application(frame: Callable[[str, str, Html], web.Response]) -> web.Application:
        async def show(request: web.Request) -> web.Response:
            import asyncio

            found = tasks() or RealTasks(why="the demo is being set up; this page follows")
            main = await asyncio.to_thread(drawn, found, time.time())
            response = frame(request.match_info["handle"], "The app", main)
            response.headers["Refresh"] = "2"
            return response

        made = web.Application()
        made.add_routes([web.get("/{handle}", show)])
        return made

    return Extension(path="users", title="The app", icon="◍", application=application)


def drawn(tasks: RealTasks, now: float) -> Html:
    """The page's main part."""
    if tasks.control is None:
        return tag("p", {"class": "empty"}, f"No real tasks: {tasks.why}. Start the demo with: make demo REAL=1")
    url = tasks.address()
    if not url:
        return tag("p", {"class": "empty"}, "The first tasks are starting; this page follows.")
    place = url if tasks.path == "/" else f"{url}{tasks.path}"
    anchor = tag("a", {"href": place, "target": "_blank", "rel": "noopener"}, place)
    why = "" if tasks.path == "/" else " (its page is not built; run: make frontend)"
    link = tag("p", None, "Through the load balancer: ", anchor, why)
    rows: Buckets = [
        (at, [(str(label), bool(failed), int(count)) for label, failed, count in found])
        for at, found in tasks.control.post("traffic", {"since": now - SPAN})["requests"]
    ]
    failed = sum(count for _, found in rows for _, bad, count in found if bad)
    total = sum(count for _, found in rows for _, _, count in found)
    said = tag("p", None, f"{total} requests in the last minute, {failed} failed.")
    return tag("div", {"class": "users"}, link, graph(rows, now), legend(rows), said)


def versions(rows: Buckets) -> list[str]:
    """Who answered, in the order of their first answer."""
    return list(dict.fromkeys(label for _, found in rows for label, _, _ in found))


def graph(rows: Buckets, now: float) -> Html:
    """Requests by version over the last minute, the failed ones in red."""
    most = max((sum(count for _, _, count in found) for _, found in rows), default=0) or 1
    names, bars = versions(rows), []
    for at, found in rows:
        x, y = (at - now + SPAN) / SPAN * _WIDTH, float(_HEIGHT)
        for label, failed, count in sorted(found, key=lambda row: (row[1], row[0])):
            height = count / most * (_HEIGHT - 10)
            y -= height
            color = _FAILED if failed else _COLORS[names.index(label) % len(_COLORS)]
            place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": "5", "height": f"{height:.1f}", "fill": color}
            bars.append(tag("rect", place))
    size = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img", "aria-label": "Requests by version in the last minute"}
    return tag("svg", size, *bars)


def legend(rows: Buckets) -> Html:
    """Which color is which version."""
    names = versions(rows)
    marks = [
        tag("span", None, tag("svg", {"width": "10", "height": "10"}, tag("rect", {"width": "10", "height": "10", "fill": color})), f" {name}  ")
        for name, color in [*zip(names, _COLORS, strict=False), ("failed", _FAILED)]
    ]  # fmt: skip
    return tag("p", None, *marks)
