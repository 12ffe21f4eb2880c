"""Slipway: builds, lints and releases the CloudFormation of an ECS platform."""
