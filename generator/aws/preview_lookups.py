"""What previews look up in a stack's account: drift with who did it, and Access Analyzer's word on policies.

Source: CloudFormation API Reference, DetectStackDrift; IAM Access Analyzer API Reference, CheckNoNewAccess.
"""

from collections.abc import Callable

from generator.aws.api_client import Api
from generator.aws.drift import drift
from generator.release.errors import Unavailable
from generator.release.model.preview import Drifted

# A release waits no longer than this for drift, in seconds: below the lease of whoever moves it.
_PATIENCE = 10.0


class AwsPreviewLookups:
    """A ``ports.Looks``. ``apis`` gives the client of a service by name."""

    def __init__(self, apis: Callable[[str], Api], *, patience: float = _PATIENCE) -> None:
        self._apis = apis
        self._patience = patience

    def drifted(self, stack_id: str) -> tuple[Drifted, ...]:
        """What differs from the stack's template.

        Raises:
            Unavailable: AWS needs longer, or could not look at everything.
        """
        cloudformation, trail = self._apis("cloudformation"), self._apis("cloudtrail")
        found = drift(cloudformation, stack_id, trail=trail, patience=self._patience)
        if found.problem:
            raise Unavailable(f"drift could not be detected everywhere: {found.problem}; see: slipway drift")
        return found.drifted

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Whether ``new`` allows what ``existing`` does not."""
        told = self._apis("accessanalyzer")(
            "check_no_new_access", existingPolicyDocument=existing, newPolicyDocument=new, policyType=kind
        )
        return bool(told["result"] == "FAIL")
