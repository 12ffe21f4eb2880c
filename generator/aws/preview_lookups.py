"""Lookups of previews in a stack's account: drift with its causes, and Access Analyzer's answers about policies.

Source: CloudFormation API Reference, DetectStackDrift; IAM Access Analyzer API Reference, CheckNoNewAccess.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from generator.aws.api_client import Api
from generator.aws.drift import Drift, detection_result, start_detection
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.preview import Drifted
from generator.release.urgency import urgent

# What was found counts for so long, in seconds, for all releases of the stack; so does a detection that continues.
_COUNTS = 120.0
_GOES_ON = 600.0
_KEPT = 256


class _Begun(NamedTuple):
    """A detection, when it was started, and its result: None while it is running."""

    id: str
    at: float
    found: Drift | None = None


class AwsPreviewLookups:
    """A ``ports.Looks``. ``apis`` gives the client of a service by name, ``clock`` seconds that only grow.

    A release never waits for drift ("can take up to several minutes", CloudFormation User Guide: Detect drift): it is
    started with the pre-flight checks, and a later caller gets what is known by then.
    """

    def __init__(self, apis: Callable[[str], Api], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._apis = apis
        self._clock = clock
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, stack_id: str) -> None:
        """Start drift detection, unless it ran recently. An error is raised when the result is read."""
        with urgent("informs"), suppress(Denied, Invalid, Unavailable):
            self._detection(stack_id)

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        """What differs from the stack's template.

        Raises:
            Unavailable: AWS has not found out yet, or could not look at everything.
        """
        with urgent("informs"):
            begun = self._detection(stack_id)
            found = begun.found or detection_result(
                self._apis("cloudformation"), stack_id, begun.id, trail=self._apis("cloudtrail")
            )
        if found is None:
            raise Unavailable("the detection is still running; see: slipway drift")
        self._keep(stack_id, begun._replace(found=found))
        if found.problem:
            raise Unavailable(f"drift could not be detected everywhere: {found.problem}; see: slipway drift")
        return found.drifted

    def _detection(self, stack_id: str) -> _Begun:
        with self._lock:
            known = self._begun.get(stack_id)
        now = self._clock()
        if known is not None and now < known.at + (_COUNTS if known.found is not None else _GOES_ON):
            return known
        return self._keep(stack_id, _Begun(start_detection(self._apis("cloudformation"), stack_id), now))

    def _keep(self, stack_id: str, begun: _Begun) -> _Begun:
        with self._lock:
            self._begun[stack_id] = begun
            while len(self._begun) > _KEPT:
                self._begun.popitem(last=False)
        return begun

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Whether ``new`` allows what ``existing`` does not."""
        answer = self._apis("accessanalyzer")(
            "check_no_new_access", existingPolicyDocument=existing, newPolicyDocument=new, policyType=kind
        )
        return bool(answer["result"] == "FAIL")
