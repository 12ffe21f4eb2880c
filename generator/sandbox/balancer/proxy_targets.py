"""Targets of the proxy: registered, checked, drained and removed, as an Application Load Balancer does it."""

from __future__ import annotations

import logging
import queue
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.sandbox.balancer import haproxy, haproxy_config
from generator.sandbox.balancer.haproxy import Haproxy
from generator.sandbox.balancer.haproxy_config import Places, Seat
from generator.sandbox.balancer.proxied_target import Target, Wanted
from generator.sandbox.balancer.request_log import RequestLog
from generator.sandbox.balancer.routes_of_traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.balancer.haproxy import ServerState
    from generator.sandbox.balancer.request_log import Counts
    from generator.sandbox.processes.process_host import ProcessHost

_log = logging.getLogger(__name__)
# How often the proxy is asked for the state of its targets, and the account for its rules; in seconds.
LOOK, READ = 0.1, 0.25


class LoadBalancers:
    """One HAProxy for everything, and the thread that drives it.

    Args:
        host: Runs HAProxy.
        read: What the accounts' load balancers say now; called on this object's thread.
    """

    def __init__(self, host: ProcessHost, read: Callable[[], Traffic]) -> None:
        self._host, self._read = host, read
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._targets: dict[str, Target] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._next: dict[str, int] = {}
        self._traffic = Traffic((), ())
        self._ports: dict[str, int] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._places: Places | None = None
        self._proxy: Haproxy | None = None
        self._thread: threading.Thread | None = None
        self.requests = RequestLog(lambda backend, server: self._labels.get((backend, server), "load balancer"))

    def register(self, wanted: Wanted) -> None:
        """Add a target: it gets no request before it passed a check."""
        self._do(lambda: self._register(wanted))

    def drain(self, key: str, seconds: float, done: Callable[[], None]) -> None:
        """Give a target no more requests, and say when those in flight are over or the time is up."""
        self._do(lambda: self._drain(key, seconds, done))

    def remove(self, key: str) -> None:
        """Forget a target."""
        self._do(lambda: self._remove(key))

    def clear(self) -> None:
        """Forget all targets, and end the proxy."""
        self._do(self._clear)

    def minute(self) -> dict[str, Counts]:
        """What was counted since the last call, by the ARN of the target group; "" is what no group was asked for."""
        names = {f"g{number}": group.arn for number, group in enumerate(self._traffic.groups)}
        return {names.get(name, ""): counts for name, counts in self.requests.take().items()}

    def doors(self) -> list[dict[str, Any]]:
        """Where each listener answers on this machine."""
        tls = bool(self._places and self._places.certificate)
        return [
            {
                "balancer": listener.balancer,
                "listener": listener.arn,
                "port": listener.port,
                "url": f"{'https' if listener.tls and tls else 'http'}://127.0.0.1:{self._ports[listener.arn]}",
            }
            for listener in self._traffic.listeners
            if listener.arn in self._ports
        ]

    def hosts(self) -> dict[str, str]:
        """Where a browser of this machine reaches the rule of a host: host to address."""
        return {
            rule.hosts[0]: f"http://127.0.0.1:{self._ports[rule.arn]}"
            for listener in self._traffic.listeners
            for rule in listener.rules
            if rule.arn in self._ports
        }

    def _do(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="load-balancers", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        read = 0.0
        while True:
            try:
                self._obey()
                if self._targets and time.monotonic() - read >= READ:
                    read = time.monotonic()
                    self._follow(self._read())
                if self._proxy and self._targets:
                    self._look(self._proxy.states())
            except Exception:  # noqa: BLE001 - a fault of ours must not end the load balancers of everybody
                _log.exception("the load balancers could not continue")
                time.sleep(1)

    def _obey(self) -> None:
        try:
            order = self._orders.get(timeout=LOOK)
            while True:
                order()
                order = self._orders.get_nowait()
        except queue.Empty:
            return

    def _register(self, wanted: Wanted) -> None:
        slot = self._next.get(wanted.group, 0)
        taken = {t.slot for t in self._targets.values() if t.wanted.group == wanted.group}
        free = [(slot + n) % haproxy_config.SLOTS for n in range(haproxy_config.SLOTS)]
        slot = next(n for n in free if n not in taken)
        self._next[wanted.group] = slot + 1
        target = self._targets[wanted.key] = Target(wanted, slot)
        # A new start of the proxy seats all targets.
        if not self._follow(self._read()):
            self._labels[self._name(target)] = wanted.label
            self._seat(target)

    def _seat(self, target: Target) -> None:
        """Let the proxy check a target without giving it requests: as draining, and as one that failed its checks."""
        host, _, port = target.wanted.address.rpartition(":")
        name = "/".join(self._name(target))
        self._tell(
            f"set server {name} addr {host} port {port}",
            f"set server {name} state drain",
            f"set server {name} health down",
        )

    def _drain(self, key: str, seconds: float, done: Callable[[], None]) -> None:
        # Rules and weights first: what was moved to another group must not come here while nobody takes it.
        self._follow(self._read())
        target = self._targets.get(key)
        if target is None:
            done()
            return
        self._tell(*self._both(target, "state drain"))
        target.state, target.drained, target.until = "draining", done, time.monotonic() + seconds

    def _remove(self, key: str) -> None:
        target = self._targets.pop(key, None)
        if target:
            self._leave(target)

    def _clear(self) -> None:
        self._targets.clear()
        if self._proxy:
            self._proxy.stop()
        self._proxy, self._traffic = None, Traffic((), ())

    def _follow(self, traffic: Traffic) -> bool:
        """Take up rules and weights as they are now; whether the proxy was started for that."""
        if traffic == self._traffic and self._proxy:
            return False
        before, self._traffic = self._traffic, traffic
        if self._proxy is None or haproxy_config.shape(before) != haproxy_config.shape(traffic):
            self._load()
            return True
        old, new = haproxy_config.weights(before), haproxy_config.weights(traffic)
        path = f"{self._places.folder}/weights.map" if self._places else ""
        changed = [f"set map {path} {key} {value}" for key, value in new.items() if old.get(key) != value]
        if changed:
            self._tell(*changed)
        return False

    def _load(self) -> None:
        if self._places is None:
            # It goes with this process: it holds the key of the certificate.
            self._folder = tempfile.TemporaryDirectory(prefix="slipway-haproxy-")
            folder = Path(self._folder.name)
            self._places = Places(str(folder), self.requests.port, self._ports, haproxy.certificate(folder))
        for listener in self._traffic.listeners:
            for arn in (listener.arn, *(rule.arn for rule in listener.rules if rule.hosts and rule.forward)):
                self._ports.setdefault(arn, haproxy.free_port())
        known = {group.arn for group in self._traffic.groups}
        seats = tuple(
            Seat(t.wanted.group, t.slot, t.wanted.address, t.state == "healthy")
            for t in self._targets.values()
            if t.state in {"healthy", "unhealthy"} and t.wanted.group in known
        )
        proxy = self._proxy or Haproxy(self._host, Path(self._places.folder), lambda text: _log.info("%s", text))
        config = haproxy_config.write(self._traffic, self._places, seats)
        proxy.load(config, haproxy_config.weights(self._traffic))
        self._proxy = proxy
        self._labels = {self._name(target): target.wanted.label for target in self._targets.values()}
        for target in self._targets.values():
            target.told = haproxy_config.WEIGHT
            if target.state in {"initial", "unhealthy"}:
                self._seat(target)

    def _look(self, states: dict[tuple[str, str], ServerState]) -> None:
        """See what became of the targets."""
        checks = {group.arn: group.check for group in self._traffic.groups}
        now = time.monotonic()
        for target in list(self._targets.values()):
            state = states.get(self._name(target))
            if target.state == "draining" and target.drained and now >= (target.until or 0):
                # Also where the proxy was started again meanwhile: the one before it may still have requests of this target.
                self._drained(target)
            if state is None or target.wanted.group not in checks:
                continue
            check = checks[target.wanted.group]
            # A new target is healthy after one passed check (Health checks for your target groups).
            if target.state == "initial" and state.passed:
                self._accept(target)
            elif (
                target.state == "initial" and now - target.since > check.unhealthy * check.interval + check.timeout
            ) or (target.state == "healthy" and not state.up):
                self._is(target, "unhealthy")
            elif target.state == "unhealthy" and state.up:
                self._accept(target)
            elif target.state == "healthy":
                self._tell(*self._weight(target))
            elif target.state == "draining" and target.drained:
                group, slot = self._name(target)
                open_ = states.get((f"{group}{haproxy_config.OPEN}", slot))
                if not state.requests + (open_.requests if open_ else 0):
                    self._drained(target)

    def _accept(self, target: Target) -> None:
        name = "/".join(self._name(target))
        group = next((g for g in self._traffic.groups if g.arn == target.wanted.group), None)
        target.begin_slowly(group.slow_start if group else 0, self._targets.values(), time.monotonic())
        self._tell(f"set server {name} health up", f"set server {name} state ready", *self._weight(target))
        self._is(target, "healthy")

    def _weight(self, target: Target) -> list[str]:
        """What gives the target another share of the requests, while its slow start continues."""
        weight, before = target.weight(time.monotonic()), target.told
        target.told = weight
        return [f"set server {'/'.join(self._name(target))} weight {weight}"] if weight != before else []

    def _is(self, target: Target, state: str) -> None:
        if target.state == "initial":
            # It takes requests from now on, whatever its health, while no target of its group is healthy.
            group, slot = self._name(target)
            host, _, port = target.wanted.address.rpartition(":")
            name = f"{group}{haproxy_config.OPEN}/{slot}"
            self._tell(f"set server {name} addr {host} port {port}", f"set server {name} state ready")
        target.state = state
        target.wanted.heard(state)

    def _leave(self, target: Target) -> None:
        """Let the proxy forget it, and cut what it still has."""
        names = self._both(target, "state maint")
        self._tell(*names, *(f"shutdown sessions server {row.split()[2]}" for row in names))

    def _both(self, target: Target, change: str) -> list[str]:
        group, slot = self._name(target)
        return [f"set server {name}/{slot} {change}" for name in (group, f"{group}{haproxy_config.OPEN}")]

    def _drained(self, target: Target) -> None:
        self._leave(target)
        if target.drained:
            target.drained()
            target.drained = None

    def _name(self, target: Target) -> tuple[str, str]:
        number = next((n for n, g in enumerate(self._traffic.groups) if g.arn == target.wanted.group), -1)
        return f"g{number}", f"s{target.slot}"

    def _tell(self, *commands: str) -> None:
        if self._proxy is None or not commands:
            return
        answer = self._proxy.tell(*commands).strip()
        if answer and "no need to change" not in answer and "changed from" not in answer:
            _log.warning("HAProxy: %s", answer)
