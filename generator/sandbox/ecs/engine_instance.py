"""The one engine of this process."""

from __future__ import annotations

from generator.sandbox.balancer import ministack_alb
from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.engine import Engine
from generator.sandbox.ecs.ministack_services import Ministack
from generator.sandbox.ecs.process_tasks import ProcessTasks
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.persistence import STORES, persisted

ENGINE = Engine(Ministack(), CLOCK)
ENGINE.world.machine = ProcessTasks(
    ENGINE.world, ENGINE.look_at, lambda home: ministack_ecs.on_loop(home, ministack_alb.traffic)
)
persisted("ecs", ENGINE, ENGINE.moved)
if STORES.crashed:
    ENGINE.post(ENGINE.lose_tasks)
ENGINE.start()
