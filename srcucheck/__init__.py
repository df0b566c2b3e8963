# SPDX-License-Identifier: MIT
"""srcucheck: a model checker for DRM hot-unplug and SRCU."""

__version__ = "0.1.0"
