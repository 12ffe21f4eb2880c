"""The release engine: what may run, who says so, and how it is undone. Knows no AWS and no Slack.

Everything here works on values and asks the ports in :mod:`generator.release.ports` for the rest. It imports nothing
else of ours; ``generator.aws`` implements the ports, ``generator.preview`` reads change sets for it, and
``generator.wiring.composition`` puts them together.
"""
