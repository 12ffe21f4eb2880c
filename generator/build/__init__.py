"""From stacks to the bytes below ``build/``: templates, parameters, manifest; what did not change is skipped."""
