"""How each CloudFormation stack looks: typed parameters in, a troposphere Template out."""

from templates.lazy_imports import defer, without

# troposphere imports cfn_flip, and all of PyYAML with it, for `to_yaml` alone: a third of its import time.
defer("cfn_flip")
# msgspec prefers typing_extensions to typing, which say the same from Python 3.11 on: half of its import time.
without("typing_extensions", "msgspec")
