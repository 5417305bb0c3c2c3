"""Every diagnostic as a user sees it: one file a case, compiled and compared as text."""
