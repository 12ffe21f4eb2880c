"""What people type, word by word: which words are verbs, which are names, and which are not understood. Pure."""
