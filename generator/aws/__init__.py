"""AWS behind the engine's ports. boto3 is imported only here and in the sandbox."""
