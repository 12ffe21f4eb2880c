"""How each CloudFormation stack looks: typed parameters in, a troposphere Template out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troposphere import Template


class TemplateBuilder:
    """The ``build`` function of one template; its module, and troposphere with it, is imported at the first call.

    ``name`` is the module below ``templates``: ``network``, ``service``.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, params: Any) -> "Template":
        """Build the template from the frozen ``...Params`` struct that the module takes."""
        template: Template = import_module(f"templates.{self.name}").build(params)
        return template


# Every template by its name. Importing this package loads none of them.
TEMPLATES = {
    name: TemplateBuilder(name)
    for name in (
        "alerts",
        "bot",
        "certificate",
        "chaos",
        "cluster",
        "data",
        "edge",
        "foundation",
        "function",
        "home",
        "network",
        "observability",
        "permissions",
        "registry",
        "service",
        "site",
    )
}
