"""The online state: bytes by (view version, entity). Drivers are imported where they connect."""
