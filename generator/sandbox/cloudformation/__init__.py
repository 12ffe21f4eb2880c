"""CloudFormation as AWS describes it: templates, change sets, stacks and their events.

`api.call` is the way in (one function per API operation, values in boto3's shape), `store.Cloud` holds what there is,
`operations` moves stacks on threads, and `diff` says what a change set would change without touching anything.
"""
