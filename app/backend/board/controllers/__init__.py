"""HTTP: what a request must be, who may send it, and which answer it gets."""

from board.controllers import events, health, measures, notes, overview, post_mortems, records, releases, session, views

ROUTERS = tuple(
    module.router
    for module in (health, session, overview, releases, measures, records, events, notes, post_mortems, views)
)
