"""Does a tree of indicators hold together? Checks that reach across its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from ncsi.errors import SpecError
from ncsi.spec.problems import Where, check_labels, check_unique, did_you_mean
from ncsi.spec.tree import SE_PREFIX, LevelMean, Node, Tree

SUM_TOLERANCE = 1e-9
"""Of the global weights of all indicators from 1."""
MAX_LEVELS = 20


def check_tree(tree: Tree, where: Where) -> None:
    """Raise SpecError unless the nodes make one tree whose weights, benchmarks, targets and method hold together."""
    check_unique("node", ((node.code, ("nodes", k, "code")) for k, node in enumerate(tree.nodes)), where)
    labelled = ((k, node.label) for k, node in enumerate(tree.nodes))
    check_labels(
        "nodes", ((label, ("nodes", k, "label")) for k, label in labelled if label is not None), where
    )
    _check_se_columns(tree, where)
    _check_parents(tree, where)
    _check_one_root(tree, where)
    _check_no_cycle(tree, where)
    for k, node in enumerate(tree.nodes):
        (_check_aggregate if node.code in tree.children else _check_indicator)(node, k, where)
    _check_weights(tree, where)
    _check_method(tree, where)


def _check_se_columns(tree: Tree, where: Where) -> None:
    codes = {node.code for node in tree.nodes}
    for k, node in enumerate(tree.nodes):
        if node.code.removeprefix(SE_PREFIX) in codes - {node.code}:
            problem = f"'{node.code}' names the column of the standard errors of another node"
            raise SpecError(where("nodes", k, "code"), problem, "Rename it")


def _check_parents(tree: Tree, where: Where) -> None:
    codes = tuple(node.code for node in tree.nodes)
    for k, node in enumerate(tree.nodes):
        if node.parent is not None and node.parent not in codes:
            problem = f"'{node.code}' is an orphan: there is no node '{node.parent}'"
            raise SpecError(
                where("nodes", k, "parent"), problem, did_you_mean(node.parent, codes, "nodes are")
            )


def _check_one_root(tree: Tree, where: Where) -> None:
    roots = [(k, node.code) for k, node in enumerate(tree.nodes) if node.parent is None]
    if not roots:
        raise SpecError(
            where("nodes"), "there is no root: every node has a parent", "Leave out that of the index"
        )
    if len(roots) > 1:
        problem = "there are two roots or more: " + ", ".join(f"'{code}'" for _, code in roots)
        raise SpecError(where("nodes", roots[1][0]), problem, "Give every node but the index a parent")


def _check_no_cycle(tree: Tree, where: Where) -> None:
    parents = {node.code: node.parent for node in tree.nodes}
    for k, node in enumerate(tree.nodes):
        walked, here = [node.code], node.parent
        while here is not None and here not in walked:
            walked.append(here)
            here = parents[here]
            if len(walked) > MAX_LEVELS:
                problem = f"'{node.code}' lies more than {MAX_LEVELS} levels deep"
                raise SpecError(where("nodes", k, "parent"), problem, "Leave out levels")
        if here is not None:
            problem = "the parents form a cycle: " + " -> ".join([*walked[walked.index(here) :], here])
            raise SpecError(where("nodes", k, "parent"), problem, "Change one parent of the cycle")


def _check_aggregate(node: Node, k: int, where: Where) -> None:
    for key in ("unit", "lower", "upper", "target", "impute"):
        if getattr(node, key) is not None:
            problem = f"the aggregate '{node.code}' has the key '{key}' of an indicator"
            raise SpecError(where("nodes", k, key), problem, "Remove it: only indicators have data")
    if node.direction != 1 or node.se_kind != "none_declared":
        key = "direction" if node.direction != 1 else "se_kind"
        problem = f"the aggregate '{node.code}' has the key '{key}' of an indicator"
        raise SpecError(where("nodes", k, key), problem, "Declare it of the indicators below")


def _check_indicator(node: Node, k: int, where: Where) -> None:
    if (node.lower is None) != (node.upper is None):
        key, other = ("upper", "lower") if node.lower is None else ("lower", "upper")
        problem = f"the indicator '{node.code}' has the benchmark '{key}' but not '{other}'"
        raise SpecError(where("nodes", k, key), problem, "Give both or neither")
    if node.lower is None or node.upper is None:
        return
    if node.lower >= node.upper:
        problem = f"the benchmarks of '{node.code}' are reversed: lower {node.lower:g}, upper {node.upper:g}"
        cure = "Give lower < upper on the raw scale, also where less is better: `direction: -1` says which is best"
        raise SpecError(where("nodes", k, "lower"), problem, cure)
    _check_target(node, node.lower, node.upper, k, where)


def _check_target(node: Node, lower: float, upper: float, k: int, where: Where) -> None:
    if node.target is None:
        return
    worst = lower if node.direction == 1 else upper
    if (node.target - worst) * node.direction <= 0:
        better = "more" if node.direction == 1 else "less"
        problem = (
            f"the target {node.target:g} of '{node.code}' is in the wrong direction: {better} is better, "
            f"and the worst benchmark is {worst:g}"
        )
        raise SpecError(where("nodes", k, "target"), problem, "Give the target on the raw scale")


def _check_weights(tree: Tree, where: Where) -> None:
    weight = {node.code: node.weight for node in tree.nodes}
    if tree.weights == "global":
        _check_global(tree, where)
        return
    for parent, codes in tree.children.items():
        if not any(weight[code] != 0 for code in codes):
            place = where("nodes", _position(tree, codes[0]), "weight")
            problem = f"the weights of all children of '{parent}' are 0"
            raise SpecError(place, problem, "Give at least one a positive weight, or none any")


def _check_global(tree: Tree, where: Where) -> None:
    weight = {}
    for node in tree.leaves:
        if node.weight is None:
            problem = f"the indicator '{node.code}' has no weight"
            cure = "Give each its share of the whole index, or write `weights: local`"
            raise SpecError(where("nodes", _position(tree, node.code)), problem, cure)
        weight[node.code] = node.weight
    total = fsum(weight.values())
    if abs(total - 1) > SUM_TOLERANCE:
        problem = f"the weights of the indicators sum to {total:.12g}, not to 1"
        cure = "Correct them, or write `weights: local` where they are shares among siblings"
        raise SpecError(where("weights"), problem, cure)
    for parent in tree.children:
        _check_share(tree, parent, fsum(weight[code] for code in _leaves_below(tree, parent)), where)


def _check_share(tree: Tree, parent: str, share: float, where: Where) -> None:
    node, k = tree.node(parent), _position(tree, parent)
    if share == 0:
        problem = f"the weights of all indicators below '{parent}' are 0"
        raise SpecError(where("nodes", k), problem, "Give at least one a positive weight")
    if node.weight is not None and abs(node.weight - share) > SUM_TOLERANCE:
        problem = (
            f"the weight {node.weight:.12g} of '{parent}' is not what its indicators sum to, {share:.12g}"
        )
        raise SpecError(where("nodes", k, "weight"), problem, "Leave it out or correct one of them")


def _leaves_below(tree: Tree, code: str) -> Iterable[str]:
    if code not in tree.children:
        yield code
    for child in tree.children.get(code, ()):
        yield from _leaves_below(tree, child)


def _check_method(tree: Tree, where: Where) -> None:
    method = tree.method
    if method is None:
        return
    if method.to is not None and method.normalise != "z" and method.to[0] >= method.to[1]:
        problem = f"the range {method.to[0]:g} to {method.to[1]:g} does not rise"
        raise SpecError(where("method", "to"), problem, "Give the score of the worst first")
    if method.normalise == "fixed":
        _check_all_have(tree, "upper", "fixed", "benchmarks `lower` and `upper`", where)
    if method.normalise == "target":
        _check_all_have(tree, "target", "target", "`target`", where)
    means = method.aggregate
    if isinstance(means, tuple):
        _check_levels(tree, means, where)
    elif (means == "power") != (method.power is not None):
        problem = "`power` goes with `aggregate: power`, and only with it"
        raise SpecError(where("method", "aggregate"), problem, "Give both or neither")


def _check_all_have(tree: Tree, key: str, method: str, what: str, where: Where) -> None:
    for node in tree.leaves:
        if getattr(node, key) is None:
            place = where("nodes", _position(tree, node.code))
            problem = f"the method normalises by `{method}`, and '{node.code}' has no {what}"
            cure = "Declare it, or another `method: normalise`"
            if node.unit is None and node.se_kind == "none_declared":
                problem = f"nothing lies below '{node.code}', and as an indicator it has no {what}"
                cure = f"Give it the indicators it is made of (`parent: {node.code}`), or declare it as one"
            raise SpecError(place, problem, cure)


def _check_levels(tree: Tree, means: tuple[LevelMean, ...], where: Where) -> None:
    top = tree.level(tree.root.code)
    if sorted(mean.level for mean in means) != list(range(2, top + 1)):
        problem = f"the levels above the indicators are 2 to {top}"
        raise SpecError(where("method", "aggregate"), problem, "Name each of them once")
    for k, mean in enumerate(means):
        if (mean.aggregate == "power") != (mean.power is not None):
            problem = "`power` goes with `aggregate: power`, and only with it"
            raise SpecError(where("method", "aggregate", k), problem, "Give both or neither")


def _position(tree: Tree, code: str) -> int:
    return next(k for k, node in enumerate(tree.nodes) if node.code == code)
