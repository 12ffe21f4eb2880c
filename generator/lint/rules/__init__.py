"""The rule pack: what cfn-lint does not find, as pure functions over a resolved template.

Plain cfn-lint loads this folder: `cfn-lint -a generator/lint/rules template.yaml`, in any environment where the package is
installed. Only `cfnlint_pack` imports cfn-lint.
"""
