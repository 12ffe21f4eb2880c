"""The one engine of this process."""

from __future__ import annotations

from generator.sandbox.clock import CLOCK
from generator.sandbox.ecs.engine import Engine
from generator.sandbox.ecs.ministack import Ministack
from generator.sandbox.state import persisted

ENGINE = Engine(Ministack(), CLOCK)
persisted("ecs", ENGINE)
ENGINE.start()
