"""Rules for Amazon ECS: services, task definitions, containers and deployments."""
