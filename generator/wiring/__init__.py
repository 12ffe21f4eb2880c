"""The one composition root: adapters, the engine and its clients, over AWS or over the sandbox."""
