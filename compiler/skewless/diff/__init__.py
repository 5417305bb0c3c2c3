"""What has changed between two states of a project, and what follows from it."""
