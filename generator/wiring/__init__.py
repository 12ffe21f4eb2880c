"""The one place that composes: adapters, the engine and its clients, over AWS or over the sandbox."""
