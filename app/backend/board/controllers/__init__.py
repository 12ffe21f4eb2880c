"""HTTP: what a request must be, who may send it, and which answer it gets."""

from board.controllers import events, health, measures, overview, releases, session

ROUTERS = (
    health.router,
    session.router,
    overview.router,
    releases.router,
    measures.router,
    events.router,
)
