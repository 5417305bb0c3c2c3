"""What is known of projects beyond their files: versions of views and services, runs, and who is loading what."""
