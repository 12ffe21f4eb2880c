"""The one engine of this process."""

from __future__ import annotations

from generator.sandbox.ecs.engine import Engine
from generator.sandbox.ecs.ministack_services import Ministack
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.persistence import STORES, persisted

ENGINE = Engine(Ministack(), CLOCK)
persisted("ecs", ENGINE, ENGINE.moved)
if STORES.crashed:
    ENGINE.post(ENGINE.lose_tasks)
ENGINE.start()
