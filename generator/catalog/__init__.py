"""From a configuration to its stacks: which there are, their names and parameters, and what the engine must know."""
