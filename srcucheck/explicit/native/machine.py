# SPDX-License-Identifier: MIT
"""LLVM as a function from text to addresses."""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm


@dataclass(frozen=True, slots=True)
class Machine:
    """Compiled code; it lives as long as this."""

    engine: Any
    addresses: Mapping[str, int]

    def function(self, name: str, arguments: int) -> "Function":
        """A function of so many integers (or addresses) that gives an integer."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *(ctypes.c_int64,) * arguments)
        return Function(self, kind(self.addresses[name]))


@dataclass(frozen=True, slots=True)
class Function:
    """Keeps the machine whose code it is."""

    machine: Machine
    code: Any

    def __call__(self, *arguments: int) -> int:
        """Runs it; other threads may run meanwhile."""
        result: int = self.code(*arguments)
        return result


def compiled(modules: Sequence[tuple[str, int]], names: Sequence[str]) -> Machine:
    """The modules, each at its level of optimisation, and the addresses of some functions.

    Level 0 means: no more than what makes registers of stack places.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    engine: Any = None
    for text, level in modules:
        machine = target.create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=features, opt=level, jit=True
        )
        module = llvm.parse_assembly(text)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=level)
        builder = llvm.create_pass_builder(machine, options)
        if level:
            passes = builder.getModulePassManager()
        else:
            passes = llvm.create_new_module_pass_manager()
            passes.add_sroa_pass()
            passes.add_simplify_cfg_pass()
        passes.run(module, builder)
        if engine is None:
            engine = llvm.create_mcjit_compiler(module, machine)
        else:
            engine.add_module(module)
    engine.finalize_object()
    return Machine(engine, {name: engine.get_function_address(name) for name in names})
