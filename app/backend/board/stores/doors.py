"""Who asks: nobody, everybody on this machine, or whom the load balancer signed in."""

from collections.abc import Callable

from board.services.visibility import Door, NobodyError, Visitor
from board.settings import Settings
from generator.release.model.platform import PlatformFacts


class ClosedDoor:
    """Lets nobody in."""

    def visitor(self, header: Callable[[str], str | None]) -> Visitor:
        """Nobody.

        Raises:
            NobodyError: always.
        """
        del header
        raise NobodyError(
            "nobody is let in: there is no login at the load balancer; an operator gives the service `web` one"
        )


class OpenDoor:
    """Lets everybody in, as nobody in particular."""

    def visitor(self, header: Callable[[str], str | None]) -> Visitor:
        """Somebody on this machine."""
        del header
        return Visitor("local", "somebody on this machine", everything=True)


def door(settings: Settings, facts: PlatformFacts) -> Door:
    """The door that the settings ask for."""
    if settings.access == "open":
        return OpenDoor()
    if settings.access == "alb":
        from board.stores.load_balancer import LoadBalancerDoor

        return LoadBalancerDoor(settings, facts)
    return ClosedDoor()
