"""Feature vectors over HTTP, in the forms that Feast's server and clients speak.

A request passes `front` (request id, token, access log), is read by `app`, and answered on a thread by `answers`:
`forms` decodes it, `plans` finds the bundles it means, their FeatureServers give vectors, and `encode` writes them.
"""
