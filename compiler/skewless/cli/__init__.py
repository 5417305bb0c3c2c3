"""The command line: one file a verb. It prints and gives exit codes; what a verb does is in `tasks`."""
