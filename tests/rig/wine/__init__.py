"""A real Windows CPython and the real uv.exe on Linux, under Debian's Wine.

    PYTHONPATH=tests python -m rig.wine                         makes it all ready (as root it installs Wine)
    PYTHONPATH=tests python -m rig.wine PROGRAM [ARGUMENT]...   runs a Windows program on a fresh drive C

`debian` has Wine, `software` what comes from PyPI, `forwarder` a DLL that Wine 8 lacks, `prefix` the
Windows drive that all others are cloned from, `system` runs programs on such a clone. `start.py` and
`hold.py` run in the Windows Python.
"""
