"""What CloudFormation calls to make, change, delete and read each resource type.

A module of this package registers its providers with `@provider("AWS::EC2::VPC")`; `registry.provider_for` imports the
modules at the first question, so nothing here costs anything until a stack is deployed.
"""
