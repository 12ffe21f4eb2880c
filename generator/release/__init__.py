"""The release engine: which version may run, who approves it, and how it is undone. It calls neither AWS nor Slack.

Everything here works on values and asks the ports in :mod:`generator.release.ports` for the rest. It imports no other
package of this repository; ``generator.aws`` implements the ports, ``generator.preview`` reads change sets for it, and
``generator.wiring.composition`` puts them together.
"""
