"""From stacks to the files below ``build/``: templates, parameters, manifest. Unchanged stacks are skipped."""
