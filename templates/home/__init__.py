"""Home: what the platform remembers of its releases, and the two roles that may touch it. Stands once.

An administrator creates this stack (``bootstrap``): the execution role of no account may change it, because anyone who
could would be able to rewrite what was approved.
"""

from typing import TYPE_CHECKING

from templates.home import buckets, first_worker, open_role, publication, release_log, roles
from templates.stack import Stack

if TYPE_CHECKING:
    from troposphere import Template

    from templates.params.account import HomeParams


def build(p: "HomeParams") -> "Template":
    """The home stack: release table, queues, buckets, the keys that sign, bot, worker, publish and open roles.

    Gives ``ReleaseTable``, ``ReleaseTableArn``, ``ReleaseQueueUrl``, ``ReleaseQueueArn``, ``WakeQueueUrl``,
    ``WakeQueueArn``, ``DeadLetterQueueArn``,
    ``ArtifactBucket``, ``AuditBucket``, with static sites ``SitesBucket``, for each service in a repository of its own ``XPublishRoleArn``, ``AuditKeyArn``, ``VersionKeyArn``, ``PublishRoleArn``, ``BotTaskRoleArn``, ``BotTaskRoleId``, ``OpenRoleId``
    and ``WorkerRoleArn``. Needs nothing.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: release log, queue, artifacts and audit trail of the platform",
        architecture="The worker role alone writes the release table and signs the audit chain; everybody else sends requests to the queue.",
    )
    first_worker.add_parameter(s)
    release_log.add_table(s)
    release_log.add_queue(s, p)
    buckets.add_artifacts(s, p)
    buckets.add_audit(s, p)
    if p.site_accounts:
        buckets.add_sites(s, p)
    roles.add_key(s)
    publication.add_version_key(s)
    roles.add_bot(s, p)
    roles.add_worker(s, p)
    publication.add_publish_role(s, p)
    for service, repository in p.repositories:
        publication.add_service_publisher(s, service, repository)
    open_role.add_open_role(s, p)
    return s.template
