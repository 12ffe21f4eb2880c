"""Amazon ECS of the sandbox, and what its tasks cause: target health, metrics, logs, alarms and events.

Decisions are pure (`rollout.step`, `lifecycle`, `evaluation`); `engine` lets time pass and carries them out; `outside`
is the only module that talks to the other services.
"""
