# SPDX-License-Identifier: MIT
"""Floor 4: the symbolic engines.  Z3 is asked in ``solve`` only.

``flat``, ``ranges``, ``machine``, ``predicates``, ``l2s`` and ``goals`` know no solver: they make
expressions from expressions.  ``terms`` and ``encode`` make Z3's terms of them; ``bmc``,
``induction`` and ``pdr`` are the engines, ``recheck`` decides what counts as a proof.
"""
