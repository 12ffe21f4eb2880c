"""What a change set means for people: pure functions over it and the two templates, and lookups behind ports.

:func:`generator.preview.meaning.meaning` is the half that an approval is bound to,
:func:`generator.preview.lookup_results.shown` the half that was looked up. ``text``, ``markdown``, ``timeline``,
``picture`` and ``diff`` show both.
"""
