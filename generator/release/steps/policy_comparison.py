"""What a release of the bot does to the release policy: the image contains it, so that it changes with the image."""

import json
from collections.abc import Iterator

import msgspec

from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.errors import AmbiguousVersion, Invalid, NotPublished, Tampered
from generator.release.model.preview import LEVELS, Gain, Reading
from generator.release.model.release import Release
from generator.release.policy_changes import changes, document

# More differences than this are told by their number; the policy's digest is in that sentence, and so in the binding.
_MOST = 60
_WHO = "the release policy"


def with_policy(context: Context, release: Release, reading: Reading) -> Reading:
    """A reading with the changes of the policy as gains, so that the class ``iam`` asks; the policy in force decides.

    Raises:
        Unavailable: AWS does not answer.
    """
    if not context.stack(release).carries_policy:
        return reading
    found = tuple(_gains(context, release))
    if not found:
        return reading
    meaning = reading.meaning
    level = max(meaning.level, "high", key=LEVELS.index)
    sentence = f"{meaning.sentence}; the release policy changes" if meaning.sentence else "the release policy changes"
    changed = msgspec.structs.replace(meaning, level=level, sentence=sentence, gains=(*meaning.gains, *found))
    return msgspec.structs.replace(reading, meaning=changed)


def _gains(context: Context, release: Release) -> Iterator[Gain]:
    try:
        body = context.versions.get(release.after.commit).policy
        if body is None:
            yield _gain("this version does not say which release policy it carries; publish it again", certain=False)
            return
        policy = json.loads(context.versions.body(body.key))
        if template_digest(policy) != body.digest:
            yield _gain("the release policy of this version is not what its digest says", certain=False)
            return
    except (NotPublished, AmbiguousVersion, Tampered, Invalid, ValueError, RecursionError) as error:
        yield _gain(f"the release policy of this version can't be read: {error}", certain=False)
        return
    found = changes(document(context.facts), policy)
    yield from (_gain(sentence) for sentence in found[:_MOST])
    if len(found) > _MOST:
        yield _gain(f"the release policy changes in {len(found) - _MOST} more places ({body.digest})")


def _gain(sentence: str, *, certain: bool = True) -> Gain:
    return Gain(who=_WHO, logical_id="Policy", sentence=sentence, certain=certain)
