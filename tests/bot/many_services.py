"""A platform of 200 services in three environments on a stage: what runs, what failed, and what waits for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from generator.release.log_items import item
from generator.release.model.log_records import Slot
from generator.release.model.version import Running
from generator.release.ports import Put
from tests.bot.stage import Stage, workspace

ENVIRONMENTS = ("dev", "staging", "prod")
SERVICES = ["app", *(f"checkout-payments-api-{number:03}" for number in range(1, 200))]
WAITING = 25  # releases of prod that wait for approval
FAILED, NEVER = SERVICES[150], SERVICES[199]  # in each environment


@contextmanager
def large_stage() -> Iterator[Stage]:
    """All of it, with a front and a worker: prod's app and others wait for ben, one service failed, one was never released."""
    with workspace() as slack:
        stage = Stage(slack, apps=SERVICES)
        stage.open()
        stage.work()
        sample = stage.platform.release(stage.deploy())
        for worker in stage.workers:
            worker.close()
        stage.workers.clear()
        for env in ENVIRONMENTS:
            for number, service in enumerate(SERVICES[1:-1], 1):
                key, last = f"{env}/service-{service}", f"{env}-{service}-7"
                running = Running(
                    commit=f"{number:040x}", template="t", body="b", since=stage.clock() - 3600 * number,
                    subject="Retry the payment provider's answers that came late",
                )  # fmt: skip
                slot = Slot(count=7, running=running, last=last, at=stage.clock() - 3600 * number,
                            outcome="failed" if service == FAILED else "succeeded")  # fmt: skip
                if env == "prod" and number < WAITING:
                    slot = msgspec.structs.replace(slot, count=8, open=f"prod-{service}-8")
                    ref = stage.platform.facts.stacks[key].ref
                    waiting = msgspec.structs.replace(sample, id=slot.open, stack=ref)
                    assert stage.platform.table.write(Put(item(f"release#{slot.open}", "state", 1, waiting)))
                assert stage.platform.table.write(stage.platform.log.put_slot(key, 0, slot))
        yield stage
        stage.close()
