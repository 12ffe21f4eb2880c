"""What the workflows on GitHub tell people there: comments on pull requests, deployments of commits, issues about drift."""
