"""What a text must have that a regular expression matches: told from the expression, without a text.

Most signatures are ruled out by a word that a log lacks: nothing is compiled or searched for them then.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ci_guard.expression import expression
from ci_guard.model.knowledge import Needs

SHORTEST = 3  # characters of a word that is worth looking for
MEMBERS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"  # a class of characters, as a pattern writes it
REPEATS = r"(?:[*+?]|\{\d*,?\d*\})"
_QUANTIFIER = expression(rf"{REPEATS}[+?]?")
_GROUP_HEAD = expression(r"\((?:\?(?:P<\w+>|:|>|(?P<look>[=!]|<[=!])|(?P<flags>[aiLmsux-]+)[:)]))?")
# no word of the pattern: what a group has matched before, and a character by its number
_NO_WORD = expression(r"\(\?P=\w+\)|\\u[0-9A-Fa-f]{4}")
_CLASS = expression(MEMBERS, re.DOTALL)
# one that counts for every alternative, or with which a word may be written in another way
_FLAG = expression(r"\(\?(?:[aiLmsux]+\)|[aLmsux]*i)")
_MARK = expression(rf"\\.|{MEMBERS}|[(|)]", re.DOTALL)


@cache
def needs(pattern: str) -> Needs:
    """What each of the pattern's alternatives needs, in their order; empty if nothing can be told of any."""
    if _FLAG.search(pattern):
        return ()
    return tuple(_needed(_NO_WORD.sub(".", branch)) for branch in branches(pattern))


def words(needed: Needs) -> tuple[str, ...]:
    """Words one of which is in every such text: the longest of each alternative; empty if there are none."""
    if not all(needed):
        return ()
    return tuple(dict.fromkeys(word for alternative in needed for word in _best(alternative)))


def are_met(needed: Needs, holds: Callable[[str], bool]) -> bool:
    """Whether an alternative has all that it needs; `holds` says whether a word is in the text."""
    for alternative in needed:  # loops: of hundreds of signatures, each is asked for each text
        for each in alternative:
            if not (holds(each) if isinstance(each, str) else are_met(each, holds)):
                break
        else:
            return True
    return False


def branches(pattern: str) -> list[str]:
    """The alternatives on the outermost level."""
    found: list[str] = []
    depth = start = 0
    for mark in _MARK.finditer(pattern):
        if mark[0] == "|" and not depth:
            found.append(pattern[start : mark.start()])
            start = mark.end()
        else:
            depth += {"(": 1, ")": -1}.get(mark[0], 0)
    return [*found, pattern[start:]]


def _needs(pattern: str) -> Needs:
    alternatives = tuple(_needed(branch) for branch in branches(pattern))
    return alternatives if all(alternatives) else ()


def _needed(branch: str) -> tuple[str | Needs, ...]:
    """The runs of plain characters that the branch cannot do without, and what its groups need."""
    found: list[str | Needs] = []
    run = ""
    for piece, plain, needed in _pieces(branch):
        if plain and needed:
            run += piece
            continue
        if len(run) >= SHORTEST:
            found.append(run)
        run = ""
        if needed and piece.startswith("("):
            inside = _needs(_GROUP_HEAD.sub("", piece, count=1)[:-1])
            if inside:
                found.append(inside)
    return (*found, run) if len(run) >= SHORTEST else tuple(found)


def _best(alternative: Sequence[str | Needs]) -> tuple[str, ...]:
    """The longest word, or the words of a group."""
    candidates = [(each,) if isinstance(each, str) else words(each) for each in alternative]
    return max(candidates, key=lambda found: (min(map(len, found)), -len(found)))


def _pieces(branch: str) -> Iterator[tuple[str, bool, bool]]:
    """The atoms of a branch: text, whether it is a plain character, whether it has to be there."""
    at = 0
    while at < len(branch):
        atom, plain = _atom(branch, at)
        at += len(atom)
        quantifier = _QUANTIFIER.match(branch, at)
        if quantifier:
            at = quantifier.end()
            optional = quantifier[0][0] in "*?" or quantifier[0].startswith(("{0", "{,"))
            yield atom[-1:] if plain else atom, plain, not optional
            yield "", False, False  # the next character need not follow at once
        else:
            yield atom[-1:] if plain else atom, plain, True


def _atom(branch: str, at: int) -> tuple[str, bool]:
    character = branch[at]
    if character == "\\":
        escaped = branch[at : at + 2]
        return escaped, not escaped[-1].isalnum() and not escaped[-1].isspace()
    if character == "[" and (group := _CLASS.match(branch, at)):
        return group[0], False
    if character == "(":
        return _whole_group(branch, at), False
    return character, character not in ".^$ "


def _whole_group(branch: str, at: int) -> str:
    depth = 0
    end = len(branch)
    for mark in _MARK.finditer(branch, at):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            end = mark.end()
            break
    text = branch[at:end]
    head = _GROUP_HEAD.match(text)
    if head and (head["look"] or head["flags"]):
        return "[" + text[1:]  # not to be looked into: it need not match, or not literally
    return text
