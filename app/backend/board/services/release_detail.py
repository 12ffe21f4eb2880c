"""One release with all that the log keeps of it."""

from collections.abc import Mapping, Sequence

from board.models.base import instant, moment
from board.models.releases import (
    Approval,
    CauseOfFailure,
    CheckResult,
    CostChange,
    DriftedProperty,
    Effect,
    Evidence,
    ImageChange,
    NewExposure,
    Preview,
    ReleaseDetail,
    ReleaseLine,
    Requirement,
    RightGain,
    Rollout,
    RolloutPhase,
    RolloutTraffic,
    Step,
    Vulnerability,
)
from board.services.release_lines import version, waits_for
from generator.release.acts import EVIDENCE
from generator.release.audit import Entry
from generator.release.model import evidence as log_evidence
from generator.release.model import preview as log_preview
from generator.release.model import release as log_release
from generator.release.model.observed import Traffic
from generator.release.model.states import Approved, Waiting

MOST_EFFECTS = 500


def detail(
    release: log_release.Release,
    line: ReleaseLine,
    entries: Sequence[Entry],
    evidence: Mapping[str, log_evidence.Evidence],
    *,
    reads_logs: bool,
) -> ReleaseDetail:
    """A release for somebody who may see its environment. ``reads_logs`` is whether lines of tasks are shown too."""
    gate, state = release.gate, release.state
    needs = gate.rules if isinstance(gate, log_release.NeedsApproval) else ()
    return ReleaseDetail(
        release=line,
        before=version(release.before) if release.before is not None else None,
        creates=release.creates,
        break_glass=release.break_glass,
        classes=list(release.classes),
        requirements=[
            Requirement(
                rule=need.rule, people=need.people, by=list(need.by), requester_may=need.requester,
                attested=need.attested, why=need.why,
            )
            for need in needs
        ],
        refusal=gate.why if isinstance(gate, log_release.Refused) else "",
        waits_for=waits_for(release),
        expires=instant(state.expires) if isinstance(state, Waiting | Approved) else None,
        binding=release.binding,
        checks=[CheckResult(name=c.name, result=c.result, text=c.text) for c in release.checks],
        preview=preview(release.reading) if release.reading is not None else None,
        approvals=[_approval(a, entries, evidence) for a in release.approvals],
        steps=[Step(at=moment(m.at), what=m.what, who=m.who) for m in release.moments],
        rollout=_rollout(release.progress),
        rollout_image=f"/api/releases/{release.id}/rollout.png" if planned(release) is not None else None,
        cause=_cause(release.cause, reads_logs=reads_logs) if release.cause is not None else None,
        left_behind=list(release.debt.resources) if release.debt is not None else [],
        successor=release.successor,
        chain_entries=release.chain,
        chain_signed=release.sealed,
    )  # fmt: skip


def planned(release: log_release.Release) -> log_preview.Expected | None:
    """The rollout as it was planned, None where there is nothing to draw."""
    expected = release.reading.shown.expected if release.reading is not None else None
    return expected if expected is not None and expected.phases else None


def preview(reading: log_preview.Reading) -> Preview:
    """A change as people were asked about it."""
    meaning, shown = reading.meaning, reading.shown
    expected = shown.expected
    return Preview(
        level=meaning.level,
        sentence=meaning.sentence,
        effects=[
            Effect(
                logical_id=e.logical_id, type=e.type, action=e.action, effect=e.effect, why=e.why, source=e.source,
                properties=list(e.properties), stateful=e.stateful, assumed=e.assumed,
            )
            for e in meaning.effects[:MOST_EFFECTS]
        ],
        gains=[
            RightGain(who=g.who, sentence=g.sentence, escalation=g.escalation, certain=g.certain)
            for g in meaning.gains[:MOST_EFFECTS]
        ],
        exposures=[
            NewExposure(who=e.who, what=e.what, sentence=e.sentence, public=e.public, certain=e.certain)
            for e in meaning.exposures[:MOST_EFFECTS]
        ],
        unpinned=[m.sentence for m in meaning.mutable],
        cost=_cost(shown.cost) if shown.cost is not None else None,
        drift=[
            DriftedProperty(
                logical_id=d.logical_id, type=d.type, path=d.path, expected=d.expected, actual=d.actual, who=d.who,
                when=d.when, overwritten=d.overwritten,
            )
            for d in shown.drift
        ],
        image=_image(shown.image) if shown.image is not None else None,
        expected_seconds=expected.seconds if expected is not None else None,
        phases=[
            RolloutPhase(
                name=p.name, seconds=p.seconds, old_tasks=p.old_tasks, new_tasks=p.new_tasks,
                new_traffic_percent=p.new_traffic_percent,
            )
            for p in (expected.phases if expected is not None else ())
        ],
        access_checks=list(shown.checked),
        unavailable=list(shown.unavailable),
    )  # fmt: skip


def _cost(cost: log_preview.Cost) -> CostChange:
    return CostChange(
        before_usd=cost.before.typical,
        after_usd=cost.after.typical,
        unknown=list(cost.unknown),
        rollout_usd=cost.rollout_usd,
        price_date=cost.date,
    )


def _image(image: log_preview.ImageDiff) -> ImageChange:
    def found(findings: Sequence[log_preview.Finding]) -> list[Vulnerability]:
        return [Vulnerability(name=f.name, severity=f.severity, package=f.package) for f in findings[:MOST_EFFECTS]]

    return ImageChange(
        before=image.before,
        after=image.after,
        compare_url=image.compare_url,
        subjects=list(image.subjects),
        size_before=image.size_before,
        size_after=image.size_after,
        new_findings=found(image.new_findings),
        fixed_findings=found(image.fixed_findings),
        base_image=image.base_image,
        base_age_days=image.base_age_days,
    )


def _approval(
    approval: log_release.Approval, entries: Sequence[Entry], evidence: Mapping[str, log_evidence.Evidence]
) -> Approval:
    entry = next((e for e in entries if e.actor == approval.actor and abs(e.at - approval.at) < 1e-3), None)
    if entry is None:
        # The entry may be written a step after the decision arrived.
        entry = next((e for e in entries if e.actor == approval.actor and e.what.startswith("approved")), None)
    digest = entry.detail.get(EVIDENCE, "") if entry is not None else ""
    found = evidence.get(digest)
    return Approval(
        person=approval.actor.name,
        channel=approval.actor.channel,
        attested=approval.actor.attested,
        at=moment(approval.at),
        binding=approval.binding,
        groups=list(approval.groups),
        break_glass=approval.break_glass,
        evidence=evidence_of(digest, found) if found is not None else None,
    )


def evidence_of(digest: str, found: log_evidence.Evidence) -> Evidence:
    """The evidence of an act, without the text that Slack sent."""
    slack = found.slack
    return Evidence(
        digest=digest,
        sender=found.sender,
        message=found.message,
        request=found.request,
        slack_sha256=slack.sha256 if slack is not None else "",
        slack_signed=bool(slack is not None and slack.signature),
    )


def _rollout(progress: log_release.Progress) -> Rollout:
    return Rollout(
        stack_status=progress.stack_status,
        resource=progress.resource,
        done=progress.done,
        total=progress.total,
        strategy=progress.strategy,
        stage=progress.stage,
        deployment_status=progress.deployment_status,
        old_tasks=progress.old_tasks,
        new_tasks=progress.new_tasks,
        failed_tasks=progress.failed_tasks,
        healthy=progress.healthy,
        targets=progress.targets,
        traffic_percent=progress.traffic_percent,
        gate_stage=progress.hook_stage,
        gate_expires=instant(progress.hook_expires),
        old_traffic=_traffic(progress.old_traffic),
        new_traffic=_traffic(progress.new_traffic),
        note=progress.note,
    )


def _traffic(found: Traffic | None) -> RolloutTraffic | None:
    if found is None:
        return None
    return RolloutTraffic(
        seconds=found.seconds, requests=found.requests, errors=found.errors, latency_p99_seconds=found.latency
    )


def _cause(cause: log_release.Cause, *, reads_logs: bool) -> CauseOfFailure:
    return CauseOfFailure(
        stage=cause.stage,
        sentence=cause.sentence,
        fix=cause.fix,
        # What was seen quotes lines of the log.
        evidence=list(cause.evidence) if reads_logs else [],
        log=list(cause.log) if reads_logs else [],
        log_hidden=bool(cause.log or cause.evidence) and not reads_logs,
    )
