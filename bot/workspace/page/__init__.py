"""The page: server-side rendering and the few endpoints that its script calls."""
