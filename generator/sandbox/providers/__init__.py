"""What CloudFormation calls to make, change, delete and read each resource type.

`tables/` says which operations of its service each type has. `resource.py` runs a table; where AWS surprises, a class of
the service's module does one step otherwise. `registry.provider_for` imports all of it at the first question.
"""
