"""
The shape of an operation, measured in time linear in the document.

The obvious walk follows each fragment spread anew, and a chain of fragments that each spread the next one twice then
takes 2^n steps: a kilobyte of text stops a server for minutes. Here each fragment is measured once, after those it
spreads, and a spread adds the fragment's numbers. They may get astronomical; adding them stays cheap.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from app.operations.limits import Limits
from app.refusals import OperationTooLarge, Why

# More than any depth that is allowed, few enough frames for any stack.
_DEEPEST_NESTING = 60


@dataclass(frozen=True, slots=True)
class Shape:
    """Numbers of one selection set with everything in it. `fields` are those at its own level."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0


def check_shapes(document: DocumentNode, limits: Limits) -> None:
    """
    Refuse a document with an operation that is too large. Validation comes after this: it is not linear.

    Refusals: OperationTooLarge.
    """
    _check_repetition(document, limits)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    shapes: dict[str, Shape] = {}
    for fragment in _order_by_spreads(fragments):
        shapes[fragment.name.value] = _measure(fragment.selection_set, shapes, len(fragment.directives or ()))
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            directives = len(operation.directives or ()) + sum(
                len(variable.directives or ()) for variable in operation.variable_definitions or ()
            )
            _check(_measure(operation.selection_set, shapes, directives), limits)


def find_fields(document: DocumentNode) -> Iterator[FieldNode]:
    """Every field that is written in a document, once, in whatever order."""
    written = [each.selection_set for each in _list_selecting(document)]
    return (each for each in _walk(written) if isinstance(each, FieldNode))


def count_fields(document: DocumentNode) -> int:
    """How many fields its largest operation has, with each fragment written out wherever it is spread."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    counts: dict[str, int] = {}
    for fragment in _order_by_spreads(fragments):
        counts[fragment.name.value] = _count(fragment.selection_set, counts)
    return max(
        _count(each.selection_set, counts) for each in document.definitions if isinstance(each, OperationDefinitionNode)
    )


def _count(selections: SelectionSetNode, fragments: Mapping[str, int]) -> int:
    return sum(
        fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else isinstance(each, FieldNode)
        for each in _walk([selections])
    )


def has_directives(document: DocumentNode) -> bool:
    """Whether anything that is selected, or what selects it, has a directive."""
    selecting = _list_selecting(document)
    return any(each.directives for each in selecting) or any(
        each.directives for each in _walk(each.selection_set for each in selecting)
    )


def _list_selecting(document: DocumentNode) -> list[OperationDefinitionNode | FragmentDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)]


def _walk(selections: Iterable[SelectionSetNode]) -> Iterator[SelectionNode]:
    """Everything that is selected there, without recursion; spreads are not followed."""
    waiting = [*selections]
    while waiting:
        for selection in waiting.pop().selections:
            yield selection
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set is not None:
                waiting.append(selection.selection_set)


def _check(shape: Shape, limits: Limits) -> None:
    for what, found, limit in (
        (Why.LEVELS_OF_FIELDS, shape.depth, limits.depth),
        (Why.LEVELS_OF_INTROSPECTION, shape.introspection_depth, limits.introspection_depth),
        (Why.ALIASES, shape.aliases, limits.aliases),
        (Why.ROOT_FIELDS, shape.fields, limits.root_fields),
        (Why.DIRECTIVES, shape.directives, limits.directives),
    ):
        if found > limit:
            raise OperationTooLarge(what=what, limit=limit)


def _measure(selections: SelectionSetNode, fragments: Mapping[str, Shape], directives: int, nesting: int = 1) -> Shape:
    if nesting > _DEEPEST_NESTING:
        raise OperationTooLarge(what=Why.LEVELS_OF_SELECTIONS, limit=_DEEPEST_NESTING)
    depth = introspection_depth = aliases = fields = 0
    for selection in selections.selections:
        directives += len(selection.directives or ())
        inner = Shape()
        if isinstance(selection, FragmentSpreadNode):
            # A spread of itself or of nothing is for validation to refuse.
            inner = fragments.get(selection.name.value, inner)
        elif isinstance(selection, InlineFragmentNode):
            inner = _measure(selection.selection_set, fragments, 0, nesting + 1)
        elif isinstance(selection, FieldNode):
            aliases += selection.alias is not None
            inner = _measure_field(selection, fragments, nesting)
        depth = max(depth, inner.depth)
        introspection_depth = max(introspection_depth, inner.introspection_depth)
        aliases += inner.aliases
        directives += inner.directives
        fields += inner.fields
    return Shape(depth, introspection_depth, aliases, directives, fields)


def _measure_field(field: FieldNode, fragments: Mapping[str, Shape], nesting: int) -> Shape:
    if field.selection_set is None:
        return Shape(depth=1, fields=1)
    inner = _measure(field.selection_set, fragments, 0, nesting + 1)
    # Introspection nests more than any data, in documents that every tool sends, and touches no data.
    if field.name.value in ("__schema", "__type"):
        return Shape(1, max(inner.depth, inner.introspection_depth) + 1, inner.aliases, inner.directives, 1)
    return Shape(inner.depth + 1, inner.introspection_depth, inner.aliases, inner.directives, 1)


def _order_by_spreads(fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FragmentDefinitionNode]:
    """Yield each fragment after those it spreads; without recursion, because chains are as long as the document."""
    spreads = {name: [*_find_spreads(fragment.selection_set)] for name, fragment in fragments.items()}
    begun: set[str] = set()
    done: set[str] = set()
    for root in fragments:
        stack = [root]
        while stack:
            name = stack[-1]
            waiting = [each for each in spreads[name] if each in fragments and each not in begun]
            begun.add(name)
            if waiting:
                stack.append(waiting[0])
                continue
            stack.pop()
            if name not in done:
                done.add(name)
                yield fragments[name]


def _find_spreads(selections: SelectionSetNode) -> Iterator[str]:
    return (each.name.value for each in _walk([selections]) if isinstance(each, FragmentSpreadNode))


def _check_repetition(document: DocumentNode, limits: Limits) -> None:
    nested: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for field in find_fields(document):
        name = (field.alias or field.name).value
        (nested if field.selection_set or field.arguments else plain)[name] += 1
    for counts, limit in ((nested, limits.same_name_nested), (plain, limits.same_name)):
        for name, count in counts.most_common(1):
            if count > limit:
                raise OperationTooLarge(what=Why.FIELDS_NAMED, name=name[:40], limit=limit)
