"""Where values come from: the release log, PostgreSQL, the load balancer's keys."""
