# SPDX-License-Identifier: MIT
"""What each operation of a graph does to slots."""

from srcucheck.ir import expr as ir
from srcucheck.ir.expr import (
    FALSE,
    TRUE,
    Const,
    Expr,
)
from srcucheck.lang.types import VOID
from srcucheck.lower.build.graph import (
    Alloc,
    AwaitOp,
    CallOp,
    ChoosePlace,
    ChooseValue,
    Evaluate,
    Free,
    Limit,
    Load,
    Node,
    Passed,
    Poison,
    Ref,
    ReportOp,
    Require,
    ReturnOp,
    SetLocal,
    Store,
    Touch,
    Warn,
    leaf,
)
from srcucheck.lower.emit.emitter import branch_code
from srcucheck.lower.emit.objects import Objects
from srcucheck.lower.memory import Key
from srcucheck.lower.values import binary, negate


class Operations(Objects):
    """Turns the operations of one thread's graph into statements."""

    def _straight(self, node: Node, available: int) -> tuple[list[ir.Statement], int | None]:
        """The statements of an operation with one successor, and the local it writes."""
        op = node.op
        match op:
            case SetLocal(var=var, value=value):
                return [ir.Let(var, self.resolve(value))], var
            case Passed():
                return [ir.Mark(self.site(node, "begin"))], None
            case Load(var=var, ref=ref):
                code = self._access_checks(node, ref, loads=True)
                return [
                    *self._marked(node), *code, ir.Let(var, self.resolve(leaf(ref))),
                ], var  # fmt: skip
            case Store(ref=ref, value=value):
                return [*self._marked(node), *self._store(node, ref, value)], None
            case Touch(address=address, struct=struct):
                ref = Ref(Key(struct, ""), address, None, 1, False, VOID, False)
                return [*self._marked(node), *self._access_checks(node, ref, loads=False)], None
            case Alloc(var=var, struct=struct):
                return [*self._marked(node), *self._alloc(node, var, struct)], var
            case Free(address=address):
                return [*self._marked(node), *self._free(node, address)], None
            case Poison(ref=ref):
                return [*self._marked(node), *self._poison(node, ref)], None
            case Evaluate(var=var, look=look):
                checks = self._look_checks(node, look.accesses)
                return [
                    *self._marked(node), *checks, ir.Let(var, self.resolve(look.value)),
                ], var  # fmt: skip
            case ChooseValue(var=var, values=values):
                options = tuple((TRUE, self.resolve(v)) for v in values)
                return [*self._marked(node), ir.Choose(var, options)], var
            case ChoosePlace(var=var):
                return [*self._marked(node), *self._choose_place(node, op)], var
            case AwaitOp():
                checks = self._look_checks(node, op.guard.accesses)
                guard = self.resolve(op.guard.value)
                if guard == TRUE:
                    return [*self._marked(node), *checks], None
                return [*self._marked(node), ir.Assume(guard), *checks], None
            case CallOp(frame=frame):
                code = [ir.Mark(self.site(node, "call"))]
                return [*code, ir.Begin(frame.number)], None
            case ReturnOp():
                return self._return(node, op, available), None
            case Warn(condition=condition, property=property_):
                self.shared.reported.add(property_)
                report = ir.Report(property_, self.site(node, "step"))
                return branch_code(self.resolve(condition), [report], []), None
            case Require(condition=condition, property=property_):
                return branch_code(self.resolve(condition), [], self._halt(node, property_)), None
            case Limit(condition=condition, text=text):
                cut = ir.Bound(text, self.site(node, "step"))
                return branch_code(self.resolve(condition), [], [cut]), None
            case ReportOp(property=property_):
                self.shared.reported.add(property_)
                return [ir.Report(property_, self.site(node, "step"))], None
            case _:
                return [], None

    def _return(self, node: Node, op: ReturnOp, available: int) -> list[ir.Statement]:
        code: list[ir.Statement] = []
        for text, value in op.outs:
            known = self._if_available(value, available)
            if known is not None:
                code.append(ir.Mark(self.site(node, "out", text), known))
        result = self._if_available(op.value, available) if op.value is not None else None
        code.append(ir.Mark(self.site(node, "return"), result))
        code.append(ir.End(op.frame.number))
        return code

    def _choose_place(self, node: Node, op: ChoosePlace) -> list[ir.Statement]:
        options: list[tuple[Expr, Expr]] = []
        none: Expr = TRUE
        checks = self._look_checks(node, [a for _, look in op.options for a in look.accesses])
        for number, look in op.options:
            condition = self.resolve(look.value)
            if condition == FALSE:
                continue
            options.append((condition, Const(number)))
            none = binary("and", none, negate(condition))
        if none != FALSE:
            options.append((none, FALSE))
        if len(options) == 1:
            return [*checks, ir.Let(op.var, options[0][1])]
        return [*checks, ir.Choose(op.var, tuple(options))]
