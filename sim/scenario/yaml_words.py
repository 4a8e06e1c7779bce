"""What a YAML syntax error means, in plain words, without a piece of the source text."""

_WORDS = (
    ("\\t", "a tab is used where only spaces may stand", "indent with spaces"),
    ("mapping values are not allowed", "a colon stands where no key can begin",
     "quote text that holds ': ', and begin each key on its own line"),
    ("found unexpected end of stream", "a quotation mark is not closed", "close it"),
    ("while scanning a quoted", "a quotation mark is not closed", "close it"),
    ("could not find expected ':'", "a key without a colon", "write KEY: VALUE"),
    ("expected ',' or ']'", "a list in brackets is not closed, or a comma is missing",
     "write [A, B]"),
    ("expected ',' or '}'", "a table in braces is not closed, or a comma is missing",
     "write {KEY: VALUE, KEY: VALUE};"
     " text with braces of its own, such as an expression, in quotes"),
    ("expected <block end>", "the indentation does not fit the lines above",
     "keys of one table begin in the same column"),
    ("sequence entries are not allowed", "a list item stands where none can begin",
     "put the list below its key"),
    ("cannot start any token", "a character that cannot begin a value", "quote the value"),
    ("found unknown escape", "an unknown escape with a backslash",
     "use single quotes, or double the backslash"),
    ("expected the node content", "a value is missing", "write a value"),
    ("special characters", "a character that text cannot hold", "remove it"),
    ("found duplicate anchor", "an anchor is written twice", "keep one"),
)  # fmt: skip


def plain_words(problem: str | None) -> tuple[str, str]:
    """Return what is wrong and what would be right, for the parser's own *problem* text.

    The parser's text is never passed on: it can quote the source, and that can be a secret.
    """
    for sign, what, expected in _WORDS:
        if sign in (problem or ""):
            return what, expected
    return "the text is not valid YAML", "check colons, quotation marks and indentation"
