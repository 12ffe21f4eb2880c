"""Traffic: NAT, addresses, load balancers, endpoints, firewall, edge."""

from collections.abc import Iterator

from generator.cost.model import Charge, Range, steady
from generator.cost.template_resources import Context, Resource

# A load balancer capacity unit holds 25 new connections a second or 1 GB an hour (Elastic Load Balancing pricing).
# Each request counts as a new connection here, which is the worst case.
CONNECTIONS_PER_LCU = 25.0
GB_HOUR_PER_LCU = 1.0


def nat_gateway(r: Resource, c: Context) -> Iterator[Charge]:
    """The gateway's hours, and its share of what the environment's tasks send."""
    del r
    hours = steady(c.usage.hours)
    yield c.rates.charge("hours", ("nat_hour", hours))
    yield c.rates.charge("traffic", ("nat_gb", c.usage.nat_gb_per_task.each(c.tasks) * (1 / c.gateways)))


def address(r: Resource, c: Context) -> Iterator[Charge]:
    """A public IPv4 address costs by the hour, in use or not."""
    del r
    yield c.rates.charge("public IPv4 address", ("ipv4_hour", steady(c.usage.hours)))


def load_balancer(r: Resource, c: Context) -> Iterator[Charge]:
    """An Application Load Balancer: hours, capacity units, one public address a zone, and answers to the Internet."""
    usage = c.usage
    per_second = usage.requests_per_second.each(c.serving)
    gb_an_hour = usage.out_gb(c.serving) * (1 / usage.hours)
    units = Range(
        *(
            max(rate / CONNECTIONS_PER_LCU, gb / GB_HOUR_PER_LCU)
            for rate, gb in zip(_values(per_second), _values(gb_an_hour), strict=True)
        )
    )
    yield c.rates.charge("hours", ("alb_hour", steady(usage.hours)))
    yield c.rates.charge("capacity units", ("lcu_hour", units * usage.hours))
    if r.props.get("Scheme", "internet-facing") == "internet-facing":
        what = f"{c.zones} public IPv4 addresses"
        yield c.rates.charge(what, ("ipv4_hour", steady(c.zones * usage.hours)))
        yield c.rates.charge(
            "answers to the Internet", ("data_out_gb", usage.out_gb(c.serving).beyond(usage.free_out_gb))
        )


def _values(r: Range) -> tuple[float, float, float]:
    return r.min, r.typical, r.max


def endpoint(r: Resource, c: Context) -> Iterator[Charge]:
    """Gateway endpoints are free; an interface endpoint costs in every zone."""
    if r.props.get("VpcEndpointType", "Gateway") == "Gateway":
        return
    yield c.rates.charge(
        f"{c.zones} zones",
        ("endpoint_hour", steady(c.zones * c.usage.hours)),
        ("endpoint_gb", c.usage.endpoint_gb),
    )


def web_acl(r: Resource, c: Context) -> Iterator[Charge]:
    """A web ACL, its rules, and the requests that it sees."""
    rules = r.props.get("Rules", [])
    yield c.rates.charge(
        f"{len(rules)} rules",
        ("waf_acl", steady(1)),
        ("waf_rule", steady(len(rules))),
        ("waf_million", c.usage.requests_million(c.serving)),
    )


def health_check(r: Resource, c: Context) -> Iterator[Charge]:
    """A Route 53 health check of an AWS endpoint; HTTPS costs on top."""
    kind = r.props.get("HealthCheckConfig", {}).get("Type", "")
    parts = [("health_check", steady(1))]
    if str(kind).startswith("HTTPS"):
        parts.append(("health_check_https", steady(1)))
    yield c.rates.charge("", *parts)


def accelerator(r: Resource, c: Context) -> Iterator[Charge]:
    """Global Accelerator: hours, and a premium on what it carries."""
    del r
    yield c.rates.charge(
        "hours and traffic",
        ("accelerator_hour", steady(c.usage.hours)),
        ("accelerator_gb", c.usage.out_gb(c.serving)),
    )
