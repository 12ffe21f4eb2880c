"""AWS behind the engine's ports. boto3 is imported here and in the sandbox only."""
