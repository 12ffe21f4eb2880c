"""The risk level of a change set: the number behind "HIGH RISK" on a card and in a terminal."""

from collections.abc import Sequence

from generator.release.model.preview import LEVELS, Exposure, Gain, Level, ResourceEffect


def risk_level(rows: Sequence[ResourceEffect], gained: Sequence[Gain], exposed: Sequence[Exposure]) -> Level:
    """The highest of: what happens to resources, what anybody gains, what is opened to whom.

    ====================================================  =========
    lost data, nothing brings it back, everybody may do
    everything, everybody reaches more than 80 and 443    critical
    refused by AWS (the change fails and is rolled back),
    downtime, unknown for something stateful, a way up,
    everybody reaches 80 or 443, or as far as groups let  high
    interruption, unknown, any other gain or opening,
    something stateful is removed from the stack and is kept,
    protection is removed                              medium
    restart                                               low
    ====================================================  =========
    """
    found = [_of_effect(row) for row in rows]
    found += [4 if "*" in gain.actions and gain.certain else 3 if gain.escalation else 2 for gain in gained]
    found += [
        2 if not row.public else 3 if row.what.startswith(_WEB) or row.what.endswith(_AS_FAR) else 4 for row in exposed
    ]
    return LEVELS[max(found, default=0)]


_AS_FAR = ("groups allow", "policy allows")
_WEB = ("tcp 80 ", "tcp 443 ", "udp 443 ", "port 80 ", "port 443 ", "subnets with route")


def _of_effect(row: ResourceEffect) -> int:
    return max(2 if row.weakens else 0, _of_what_happens(row))


def _of_what_happens(row: ResourceEffect) -> int:
    match row.effect:
        case "none":
            return 2 if row.stateful and row.action in ("Remove", "Replace") else 0
        case "restart":
            return 1
        case "interruption":
            return 2
        case "unknown":
            return 3 if row.stateful else 2
        case "downtime" | "refused":
            return 3
        case "data-loss" | "irreversible":
            return 4
