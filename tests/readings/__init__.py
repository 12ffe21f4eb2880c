"""Change sets with the reading that they should have.

``python -m tests.readings`` makes each of them on the sandbox's CloudFormation and records the described change sets in
``tests/unit/preview/change_sets``, so that tests need no stack. Run it after a change to the sandbox or to a case.
"""
