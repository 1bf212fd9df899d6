"""The Jenkins controller: builds, logs, test reports, agents; read and changed over its REST API.

Knows the controller; what a log means and what follows from it is the caller's. `client` is the only file
that imports python-jenkins and requests.
"""
