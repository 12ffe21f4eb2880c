"""What the workflows report on GitHub: comments on pull requests, deployments of commits, issues about drift."""
