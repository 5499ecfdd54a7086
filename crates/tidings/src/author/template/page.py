"""Pages of HTML by the standard library alone: elements by simple selectors, and JSON-LD by type."""
import json
from datetime import datetime
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# An element that the next of its kind ends, and what it does not end beyond.
ENDED = {"li": {"ul", "ol", "menu"}, "dt": {"dl"}, "dd": {"dl"}, "tr": {"table"}, "td": {"tr"}, "th": {"tr"}, "p": {"div", "li"}}


class Element:
    def __init__(self, name, attrs=(), parent=None):
        self.name, self.attrs, self.parent, self.parts = name, dict(attrs), parent, []

    def select(self, css):
        """The elements inside this one that match names and classes: `li.item`, `.news > li`, `h2 a`."""
        steps = css.replace(">", " > ").split()
        return [part for part in self._inside() if isinstance(part, Element) and part._matches(steps)]

    def first(self, css):
        return next(iter(self.select(css)), None)

    def text(self):
        return " ".join("".join(part for part in self._inside() if isinstance(part, str)).split())

    def _inside(self):
        """Elements and texts, in their order; the texts of scripts and styles are none."""
        left = list(reversed(self.parts))
        while left:
            part = left.pop()
            yield part
            if isinstance(part, Element) and part.name not in ("script", "style"):
                left.extend(reversed(part.parts))

    def _matches(self, steps):
        name, *classes = steps[-1].split(".")
        if name not in ("", self.name) or not set(classes) <= set((self.attrs.get("class") or "").split()):
            return False
        before, above = steps[:-1], self.parent
        if before and before[-1] == ">":
            return above is not None and above._matches(before[:-1])
        while before and above and not above._matches(before):
            above = above.parent
        return not before or above is not None


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.open = Element("")

    def handle_starttag(self, name, attrs):
        if name in ENDED:
            self._end(name, ENDED[name])
        self.open.parts.append(Element(name, attrs, self.open))
        if name not in VOID:
            self.open = self.open.parts[-1]

    def handle_endtag(self, name):
        self._end(name, ())

    def handle_data(self, data):
        self.open.parts.append(data)

    def _end(self, name, borders):
        element = self.open
        while element.parent and element.name != name and element.name not in borders:
            element = element.parent
        if element.parent and element.name == name:
            self.open = element.parent


def tree(text):
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root


def plain(text):
    """The text of a piece of HTML."""
    return tree(str(text)).text()


def when(text):
    """A time as machines write it; `None` where it is none."""
    try:
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None


def at(value, pointer):
    """What stands at a JSON pointer; `None` where nothing does."""
    for name in pointer.split("/")[1:]:
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def json_ld(text, *types):
    """The values of the page's JSON-LD that are of one of the types; `ItemList` gives the elements of a list."""
    found = []
    for script in tree(text).select("script"):
        if (script.attrs.get("type") or "").lower() == "application/ld+json":
            try:
                _collect(json.loads("".join(script.parts)), types, found)
            except (ValueError, RecursionError):
                continue  # what is no JSON says nothing
    return found


def _collect(value, types, found):
    if isinstance(value, list):
        for one in value:
            _collect(one, types, found)
    elif isinstance(value, dict):
        names = _types(value)
        if not names & set(types):
            for one in value.values():
                _collect(one, types, found)
        elif "ItemList" in names:
            elements = value.get("itemListElement", [])
            found.extend(_unwrapped(one) for one in (elements if isinstance(elements, list) else [elements])
                         if isinstance(one, dict))
        else:
            found.append(value)


def _types(value):
    names = value.get("@type", [])
    return {str(name).replace("#", "/").replace(":", "/").rpartition("/")[2]
            for name in (names if isinstance(names, list) else [names])}


def _unwrapped(element):
    """What stands in a `ListItem`: whole, or only its address."""
    if "ListItem" not in _types(element):
        return element
    item = element.get("item")
    item = dict(item) if isinstance(item, dict) else {"url": item} if isinstance(item, str) else {}
    return {name: element[name] for name in ("name", "url") if name in element} | item
