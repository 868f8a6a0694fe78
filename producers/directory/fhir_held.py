"""All resources of a FHIR bundle or search, found by what refers to them."""

from collections.abc import Iterator
from typing import TypeVar

from producers.directory.fhir_resources import PractitionerRole, Reference, Resource, local

T = TypeVar("T", bound=Resource)


class Held:
    """`system` says which of somebody's identifiers is the clinic's own id (empty: by type)."""

    def __init__(self, system: str) -> None:
        self.system = system
        self._by_reference: dict[str, Resource] = {}
        self._all: dict[str, Resource] = {}

    def add(self, resource: Resource, full_url: str) -> None:
        """A resource that several pages bring counts once, the last time."""
        name = f"{type(resource).__name__}/{resource.id or full_url}"
        self._all[name] = resource
        self._by_reference[name] = resource
        if full_url:
            self._by_reference[full_url] = resource

    def find(self, reference: Reference) -> Resource | None:
        """What a reference means; a role means its practitioner."""
        found = self._named(reference)
        return self._named(found.practitioner) if isinstance(found, PractitionerRole) else found

    def _named(self, reference: Reference) -> Resource | None:
        text = reference.reference
        return self._by_reference.get(text) or self._by_reference.get(local(text))

    def of(self, kind: type[T]) -> Iterator[T]:
        return (one for one in self._all.values() if isinstance(one, kind))
