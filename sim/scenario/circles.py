"""Circles in what refers to what: collections that limit each other, steps that wait."""

from collections.abc import Iterator, Mapping, Sequence


def circles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle once, from its first name in order and back to it.

    >>> list(circles({"a": ["b"], "b": ["a"], "c": ["a"]}))
    [('a', 'b', 'a')]
    """
    done: set[str] = set()
    for name in edges:
        if name not in done:
            yield from _from(name, edges, done)


def _from(
    name: str, edges: Mapping[str, Sequence[str]], done: set[str]
) -> Iterator[tuple[str, ...]]:
    path = [name]
    waiting = [iter(edges[name])]
    while path:
        below = next(waiting[-1], None)
        if below is None:
            done.add(path.pop())
            waiting.pop()
        elif below in path:
            yield (*path[path.index(below) :], below)
        elif below in edges and below not in done:
            path.append(below)
            waiting.append(iter(edges[below]))
