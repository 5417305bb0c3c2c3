"""What the verbs do, without a terminal: one file a task. The command line and the Python interface call them."""
