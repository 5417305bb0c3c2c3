"""What the two programs share: the IR between frontend and codegen, the artefact between compiler and server."""
