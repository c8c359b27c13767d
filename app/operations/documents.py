"""From text to a document that may be run: parsed, measured, validated, and remembered by its text."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import Visitor

from app.operations.cost import find_sizing_variables
from app.operations.limits import Limits
from app.operations.shape import check_shapes, count_fields, has_directives
from app.operations.sizes import BoundedArgument, BoundedArguments
from app.refusals import BadRequest, OperationUnresolved, Why

# A parsed document takes about 500 bytes a character: at most some 128 MB, and room for hundreds of usual documents.
_REMEMBERED_CHARACTERS = 262_144


class DocumentRefused(Exception):
    """The document cannot be parsed, or does not fit the schema; the errors are the parser's or the validator's."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True)
class Document:
    """A document that fits the schema and the limits."""

    node: DocumentNode
    characters: int = 0
    # What operations cost whose pages have fixed sizes, by name.
    fixed_costs: dict[str | None, int] = field(default_factory=dict)
    # The arguments of its fields whose lists have bounds.
    bounded: tuple[BoundedArgument, ...] = ()

    @cached_property
    def sizing_variables(self) -> frozenset[str]:
        """The variables that a cost depends on."""
        return find_sizing_variables(self.node)

    @cached_property
    def has_directives(self) -> bool:
        """Whether there are any: then what is selected depends on variables."""
        return has_directives(self.node)

    @cached_property
    def fields(self) -> int:
        """How many fields its largest operation has, with its fragments written out."""
        return count_fields(self.node)

    @cached_property
    def operations(self) -> list[OperationDefinitionNode]:
        """The operations in it, at least one."""
        return [each for each in self.node.definitions if isinstance(each, OperationDefinitionNode)]

    @cached_property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The fragments in it, by name."""
        return {each.name.value: each for each in self.node.definitions if isinstance(each, FragmentDefinitionNode)}

    def find_operation(self, name: str | None) -> OperationDefinitionNode:
        """
        Find the operation of that name, or the only one.

        Refusals: OperationUnresolved.
        """
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        for operation in self.operations:
            if name is not None and operation.name is not None and operation.name.value == name:
                return operation
        if name is None:
            raise OperationUnresolved(reason=Why.SEVERAL_OPERATIONS)
        raise OperationUnresolved(reason=Why.NO_OPERATION_NAMED, name=name[:100])


class Documents:
    """Documents by their text, the most recently used ones."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._bounded = BoundedArguments(schema)
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def prepare(self, text: str) -> Document:
        """
        Read a document.

        Refusals, first match wins: BadRequest, DocumentRefused when it cannot be parsed, OperationTooLarge,
            DocumentRefused when it does not fit the schema.
        """
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._read(text)
        self._remember(text, document)
        return document

    def _read(self, text: str) -> Document:
        if len(text) > self._limits.document_characters:
            raise BadRequest(reason=Why.DOCUMENT_TOO_LONG, most=self._limits.document_characters)
        try:
            node = parse(text, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            raise DocumentRefused([error]) from None
        check_shapes(node, self._limits)
        if "\\u" in text:
            visit(node, _RefuseNul())
        # The validator adds one more error to say that it stopped.
        errors = validate(self._schema, node, specified_rules, max_errors=self._limits.errors - 1)
        if errors:
            raise DocumentRefused(errors)
        return Document(node, len(text), bounded=self._bounded.find(node))

    def _remember(self, text: str, document: Document) -> None:
        self._known[text] = document
        self._characters += len(text)
        while self._characters > _REMEMBERED_CHARACTERS:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)


class _RefuseNul(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        # GraphQL allows this character, PostgreSQL has no place for it.
        if "\x00" in node.value:
            raise BadRequest(reason=Why.NUL)
