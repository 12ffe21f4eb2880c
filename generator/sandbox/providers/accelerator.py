"""Global Accelerator: accelerators."""

from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::GlobalAccelerator::Accelerator")
class Accelerator(Resource):
    """Only a disabled one is deleted."""

    def delete(self) -> None:
        """Disable it, DeleteAccelerator."""
        self.call("update_accelerator", Enabled=False)
        super().delete()
