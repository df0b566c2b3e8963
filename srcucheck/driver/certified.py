# SPDX-License-Identifier: MIT
"""Certificates checked again: the system comes from the text of the model, never from the file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from srcucheck.certify.anynumber import Models, any_refusals
from srcucheck.certify.checker import Told, refusals
from srcucheck.certify.read import (
    MOST_BYTES,
    PAIRS,
    STATES,
    Refused,
    read,
    read_identity,
    read_symbolic,
)
from srcucheck.certify.readany import read_any, read_param
from srcucheck.check.certificate import Claim, Identity
from srcucheck.check.pairs import CELLS
from srcucheck.driver.assume import assumptions, for_any, in_words
from srcucheck.driver.cache import Cache
from srcucheck.driver.certificates import SUFFIX, SYMBOLIC
from srcucheck.driver.identity import ANY, identity
from srcucheck.driver.least import least
from srcucheck.driver.library import Library
from srcucheck.driver.matrix import written
from srcucheck.driver.settings import Settings
from srcucheck.driver.stages import Model, load_model
from srcucheck.ir.system import System
from srcucheck.lang.constant import Value, settle
from srcucheck.lower.lower import Options, lower

_ANY = f'{{"{PAIRS}"'.encode()


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a file: refused unread, or each claim with None or why it was refused."""

    path: Path
    refused: str | None
    variant: str = ""
    states: int = 0
    claims: tuple[tuple[Claim, str | None], ...] = ()
    unclaimed: tuple[str, ...] = ()
    """Checks that the file says nothing about."""
    assuming: tuple[str, ...] = ()
    for_any: str = ""
    """What it says of any number of, if it does; then ``states`` are pairs."""

    @property
    def accepted(self) -> bool:
        """Whether all that is claimed was shown."""
        return self.refused is None and all(why is None for _, why in self.claims)


class Certifier:
    """Judges certificates of one model, which is read and parsed anew: no cache is asked."""

    def __init__(self, model: Path, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings
        self._library = Library(settings.spec_folders, Cache(None))
        self._loaded = load_model(self._library, model, name)

    def files(self, path: Path) -> list[Path]:
        """The file itself, or those of a folder that are not about other models, by name."""
        if not path.is_dir():
            return [path]
        files = [p for suffix in (SUFFIX, SYMBOLIC) for p in sorted(path.glob(f"*{suffix}"))]
        return [p for p in files if self._mine(p)]

    def variants(self) -> list[str]:
        """The variants that the options leave, as ``Judged.variant`` names them.

        Raises:
            ModelError: the model does not resolve, or the options do not fit it.
        """
        return [_named(chosen) for chosen in self._model(True).variants()]

    def _mine(self, path: Path) -> bool:
        try:
            data = _content(path)
            if data.startswith(b"; {"):
                about = read_symbolic(data)[0]
            else:
                about = read_identity(data, PAIRS if data.startswith(_ANY) else STATES)
            return about.model == self._loaded.path.stem
        except Refused:
            return True

    def judge(self, path: Path, told: Told) -> Judged:
        """Every claim of a file.

        Raises:
            ModelError: the model cannot be run.
        """
        try:
            data = _content(path)
            if data.startswith(b"; {"):
                return self._judge_symbolic(path, data)
            if data.startswith(_ANY):
                return self._judge_any(path, data, told)
            about = read_identity(data)
            model = self._model(about.reductions)
            lowered = model.lowered(self._variant(model, about))
            certificate = read(data, about, lowered.system)
        except Refused as error:
            return Judged(path, str(error))
        system, program = lowered.system, lowered.resolved.program
        claims = tuple(zip(certificate.claims, refusals(system, certificate, told), strict=True))
        known = {(claim.check, claim.text) for claim, _ in claims}
        reached = dict.fromkeys(bound for claim, _ in claims for bound in claim.bounds)
        return Judged(
            path,
            None,
            _named(lowered.chosen),
            len(certificate.states),
            claims,
            tuple(c.name for c in system.checks if (c.name, c.text) not in known),
            in_words(assumptions(program, lowered.values, system, list(reached))),
        )

    def _judge_symbolic(self, path: Path, data: bytes) -> Judged:
        """The same for an invariant in SMT-LIB: Z3 is imported here, and not before.

        Raises:
            Refused: the file is not what the model gives.
            ModelError: the model cannot be run.
        """
        from srcucheck.driver.certified_smt import refusals as said

        about, claims, assuming, text = read_symbolic(data)
        model = self._model(about.reductions)
        lowered = model.lowered(self._variant(model, about))
        system, program = lowered.system, lowered.resolved.program
        found = tuple(zip(claims, said(system, about, claims, assuming, text), strict=True))
        known = {(claim.check, claim.text) for claim in claims}
        reached = dict.fromkeys(bound for claim in claims for bound in claim.bounds)
        return Judged(
            path,
            None,
            _named(lowered.chosen),
            0,
            found,
            tuple(c.name for c in system.checks if (c.name, c.text) not in known),
            in_words(assumptions(program, lowered.values, system, list(reached))),
        )

    def _judge_any(self, path: Path, data: bytes, told: Told) -> Judged:
        """The same for any number of cells: the text is lowered for a few numbers of them.

        Raises:
            Refused: the file is not about the model.
            ModelError: the model cannot be run.
        """
        about, param = read_param(data)
        model = self._model(about.reductions)
        chosen = self._variant(model, about, param)
        program = model.resolved(chosen).program
        if param not in program.params:
            raise Refused(f"the model has no param {param}")

        def system(number: int, replicated: str = "") -> System:
            values = settle(program, {**chosen, param: number})
            return lower(program, values, Options(about.reductions, replicated))

        cells = system(CELLS, param)
        others = tuple(system(number, param) for number in (CELLS - 1, CELLS + 1))
        needs = {(c.name, c.text): least(program, param, c) for c in cells.checks}
        certificate = read_any(data, about, cells, system)
        said = any_refusals(Models(cells, others, needs, system), certificate, told)
        claims = tuple((one.claim, why) for one, why in zip(certificate.claims, said, strict=True))
        known = {(claim.check, claim.text) for claim, _ in claims}
        reached = dict.fromkeys(bound for claim, _ in claims for bound in claim.bounds)
        values = settle(program, chosen)
        numbers = [one.number for one in certificate.claims if one.number is not None]
        return Judged(
            path,
            None,
            _named(chosen),
            len(certificate.pairs),
            claims,
            tuple(c.name for c in cells.checks if (c.name, c.text) not in known),
            in_words(for_any(assumptions(program, values, cells, list(reached)), cells)),
            f"any {param}" + (f", runs with up to {max(numbers)}" if numbers else ""),
        )

    def _model(self, reductions: bool) -> Model:
        return Model(self._library, self._loaded, replace(self._settings, reductions=reductions))

    def _variant(self, model: Model, about: Identity, param: str = "") -> dict[str, Value]:
        """The variant that the file is about, among those that the options leave.

        ``param`` may have any value.

        Raises:
            Refused: it is about none of them.
            ModelError: the model does not resolve, or the options do not fit it.
        """
        nearest: tuple[int, str] | None = None
        for chosen in model.variants():
            resolved = model.resolved(chosen)
            values = settle(resolved.program, chosen)
            if param:
                values = {**values, param: ANY}
            own = identity(resolved, values, reductions=about.reductions)
            if own.digest == about.digest:
                return chosen
            names = resolved.program.choices
            same = sum(about.values.get(name) == written(chosen[name]) for name in names)
            if nearest is None or same > nearest[0]:
                nearest = same, _difference(about, own)
        why = nearest[1] if nearest is not None else "it has no variants"
        raise Refused(f"it is not about {self._name} as it is here: {why}")


def _named(chosen: Mapping[str, Value]) -> str:
    return " ".join(f"{name}={written(value)}" for name, value in chosen.items())


def _difference(there: Identity, here: Identity) -> str:
    """The first thing in which a certificate and a variant are not about the same."""
    if there.semantics != here.semantics:
        return f"semantics {there.semantics}, not {here.semantics}: made by another version"
    for role in (*here.texts, *there.texts):
        if there.texts.get(role) != here.texts.get(role):
            return f"the text of {role or 'the model'} is another one"
    for name in (*here.values, *there.values):
        one, two = there.values.get(name), here.values.get(name)
        if one != two:
            return f"{name} is {one} in the certificate, and {two} here"
    return "it has another hash"


def _content(path: Path) -> bytes:
    """The bytes of a file, no more than a certificate can have.

    Raises:
        Refused: it cannot be read.
    """
    try:
        with open(path, "rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(error.strerror or "it cannot be read") from error
