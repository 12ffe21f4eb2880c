"""From a configuration to its stacks: which exist, their names and parameters, and what the engine must know."""
