"""Lint: finds what CloudFormation and ECS would refuse or regret, before a change set is created."""
