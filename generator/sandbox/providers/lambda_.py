"""Lambda: functions."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::Lambda::Function")
class Function(Resource):
    """Code has an operation of its own."""

    def said(self, props: Props) -> Props:
        """Code in S3 or an image, or inline (`ZipFile`): then it is `index` plus the runtime's suffix."""
        code: Props = props["Code"]
        if "ZipFile" not in code:
            return {**props, "Code": picked(code, "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")}
        held = io.BytesIO()
        suffix = "js" if str(props.get("Runtime", "")).startswith("nodejs") else "py"
        with zipfile.ZipFile(held, "w") as archive:
            # A fixed date: the same text has the same digest.
            archive.writestr(zipfile.ZipInfo(f"index.{suffix}", (2020, 1, 1, 0, 0, 0)), code["ZipFile"])
        return {**props, "Code": {"ZipFile": held.getvalue()}}

    def change(self, found: Mapping[str, Any]) -> None:
        """UpdateFunctionCode, then the rest."""
        names = ("Code", "Architectures")
        if picked(self.old, *names) != picked(self.props, *names):
            said = self.said(self.props)
            self.call("update_function_code", **said["Code"], **picked(said, "Architectures"))
        super().change(found)
