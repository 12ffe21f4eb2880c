"""The engines that look at templates. Each is loaded only when a template is not in the cache."""
