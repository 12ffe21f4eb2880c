"""What an environment shows, and whom it notifies: alarms over alarms, a dashboard, events, and the audit of the trail.

One stack watches at most :data:`templates.params.operations.SERVICES_PER_OBSERVABILITY` services; an environment with
more gets further parts, which hold the services' composite alarms alone.
"""

from troposphere import Template

from templates.observability.alarms import database_alarms, service_alarm
from templates.observability.audit import audit_alarms
from templates.observability.dashboard import dashboard
from templates.observability.events import deployment_log, event_rules
from templates.params.operations import SERVICES_PER_OBSERVABILITY, ObservabilityParams
from templates.stack import Stack


def build(p: ObservabilityParams) -> Template:
    """One composite alarm a service, a dashboard, event rules to the alerts topic and alarms on the trail.

    Raises:
        ValueError: more services than one stack takes.
    """
    if len(p.services) > SERVICES_PER_OBSERVABILITY:
        raise ValueError(
            f"one observability stack watches {SERVICES_PER_OBSERVABILITY} services, not {len(p.services)}; "
            "give the others to a further part"
        )
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: {p.scope.stack}",
        architecture="Composite alarms, a dashboard, event rules and audit alarms; everything tells one SNS topic.",
    )
    topic = s.need("AlertsTopicArn", about="Topic that people subscribe to")
    for service in p.services:
        service_alarm(s, service.name, topic)
    if p.part == 1:
        if p.has_database:
            database_alarms(s, topic)
        event_rules(s, topic)
        deployment_log(s, p.log_retention_days)
        if p.audit_alarms:
            audit_alarms(s, topic)
        if p.observability.dashboard:
            dashboard(s, p)
    return s.template
